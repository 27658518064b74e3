import { z } from 'zod';
import { ACCEPTED, type Accepted } from './accepted-advisories.ts';
import { runCaptured, type ProgramOptions } from './program.ts';

/** What is known about the dependencies that go into production. */
export type Audit =
  | { kind: 'audited'; failing: Advisory[]; others: Advisory[] }
  /** Nothing was learned: no network, or a registry that keeps no advisories. */
  | { kind: 'unknown'; reason: string };

export interface Advisory {
  id: string;
  severity: string;
  package: string;
  title: string;
  /** Why it does not fail, where it is an accepted one. */
  accepted?: string;
}

/** A registry that does not answer must not keep anyone from pushing. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the registry for advisories about what goes into production, and says what it knows. Returns 1 if there is a grave
 * one that `accepted-advisories.ts` does not name, else 0, also where nothing is known.
 */
export async function auditDependencies(options: ProgramOptions): Promise<number> {
  const env = { ...options.env, npm_config_fetch_timeout: String(TIMEOUT_MS), npm_config_fetch_retries: '0' };
  const { out } = await runCaptured('pnpm', ['audit', '--prod', '--json'], { ...options, env });
  const audit = readAudit(out, ACCEPTED, new Date());
  if (audit.kind === 'unknown') {
    console.log(`Not audited: ${audit.reason}`);
    return 0;
  }
  for (const advisory of [...audit.failing, ...audit.others]) console.log(inWords(advisory));
  if (audit.failing.length > 0)
    console.log('Update them, or accept them with a reason in scripts/run/accepted-advisories.ts.');
  return audit.failing.length > 0 ? 1 : 0;
}

const Answer = z.union([
  z.object({ error: z.object({ message: z.string() }) }),
  z.object({
    advisories: z.record(
      z.string(),
      z.object({
        github_advisory_id: z.string(),
        severity: z.string(),
        module_name: z.string(),
        title: z.string(),
      }),
    ),
  }),
]);

/** Severities that fail. The others are shown: most of them are about uses that are not ours. */
const GRAVE = ['high', 'critical'];

/** Reads what `pnpm audit --json` wrote. */
export function readAudit(json: string, accepted: Record<string, Accepted>, now: Date): Audit {
  const answer = Answer.safeParse(parsed(json));
  if (!answer.success) return { kind: 'unknown', reason: 'pnpm audit said nothing that can be read.' };
  if ('error' in answer.data) return { kind: 'unknown', reason: answer.data.error.message };
  const advisories = Object.values(answer.data.advisories).map((each): Advisory => {
    const known = accepted[each.github_advisory_id];
    const isAccepted = known !== undefined && now < new Date(known.until);
    return {
      id: each.github_advisory_id,
      severity: each.severity,
      package: each.module_name,
      title: each.title,
      ...(isAccepted && { accepted: known.reason }),
    };
  });
  const fails = ({ severity, accepted: reason }: Advisory) => reason === undefined && GRAVE.includes(severity);
  return { kind: 'audited', failing: advisories.filter(fails), others: advisories.filter((each) => !fails(each)) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function inWords({ id, severity, package: name, title, accepted }: Advisory): string {
  return `${id} ${severity}, ${name}: ${title}${accepted === undefined ? '' : ` (accepted: ${accepted})`}`;
}
