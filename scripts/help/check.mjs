export const HELP = `Checks everything: format, lint, import boundaries, types, advisories about dependencies, tests.

  npm run check
  npm run check -- --skip-tests    all but the tests

Goes on after a failure, and says at the end what failed. The last line is "N passed, N failed": the tests, where each
other check that failed counts as one more.`;
