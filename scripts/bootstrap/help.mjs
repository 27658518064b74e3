/** Where the help of each command is: in plain JavaScript, which needs nothing to be installed or built. */
const HELP_OF = {
  start: '../help/start.mjs',
  test: '../help/test.mjs',
  'test-stack': '../help/test-stack.mjs',
  'test-clients': '../help/test-clients.mjs',
  check: '../help/check.mjs',
  migrate: '../../packages/database/src/migrate-help.mjs',
  admin: '../../apps/gateway/src/admin-help.mjs',
  dlq: '../../apps/payment-worker/src/dlq/help.mjs',
  jobs: '../../apps/payment-worker/src/jobs/help.mjs',
  reconcile: '../../apps/payment-worker/src/reconcile/help.mjs',
  refunds: '../../apps/payment-worker/src/refunds/help.mjs',
  bench: '../help/bench.mjs',
  prove: '../help/prove.mjs',
};

/** The commands that are scripts. */
export const COMMANDS = Object.keys(HELP_OF);

/**
 * What the command would print for these arguments, if they ask for its help. What comes after `--` is for another program.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | undefined>}
 */
export async function helpOf(command, args) {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  if (!own.includes('--help') && !own.includes('-h')) return undefined;
  const file = HELP_OF[command];
  if (!file) return undefined;
  const { HELP } = await import(file);
  return HELP;
}
