import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readAudit } from '../run/audit.ts';
import { runCaptured } from '../run/program.ts';

const now = new Date('2026-11-24');

function found(severity: string) {
  const advisory = { github_advisory_id: 'GHSA-1', severity, module_name: 'left-pad', title: 'pads too far' };
  return JSON.stringify({ advisories: { 1: advisory } });
}

test('a grave advisory fails, a lesser one is shown', () => {
  for (const severity of ['high', 'critical']) {
    expect(readAudit(found(severity), {}, now)).toMatchObject({ failing: [{ id: 'GHSA-1' }], others: [] });
  }
  for (const severity of ['info', 'low', 'moderate']) {
    expect(readAudit(found(severity), {}, now)).toMatchObject({ failing: [], others: [{ id: 'GHSA-1' }] });
  }
});

test('an accepted one fails again once its time is over', () => {
  const accepted = (until: string) => ({ 'GHSA-1': { reason: 'never called', until } });
  expect(readAudit(found('high'), accepted('2026-11-25'), now)).toMatchObject({
    failing: [],
    others: [{ accepted: 'never called' }],
  });
  expect(readAudit(found('high'), accepted('2026-11-24'), now)).toMatchObject({ failing: [{ id: 'GHSA-1' }] });
});

test('what says nothing is no reason to fail, and none to be content', () => {
  expect(readAudit('{"error":{"code":"X","message":"responded with 405"}}', {}, now)).toEqual({
    kind: 'unknown',
    reason: 'responded with 405',
  });
  for (const nothing of ['', 'Segmentation fault', '{}']) {
    expect(readAudit(nothing, {}, now).kind).toBe('unknown');
  }
});

test('pnpm says what a registry knows in the form that is read', async () => {
  const answer = {
    actions: [],
    muted: [],
    advisories: (JSON.parse(found('high')) as { advisories: object }).advisories,
  };
  const registry = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ ...answer, metadata: { vulnerabilities: { high: 1 } } }));
    });
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void registry.close());
  const { port } = registry.address() as AddressInfo;
  const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` };
  const { out } = await runCaptured('pnpm', ['audit', '--prod', '--json'], { env });
  expect(readAudit(out, {}, now)).toMatchObject({ failing: [{ id: 'GHSA-1', package: 'left-pad' }] });
});
