/** The pnpm that this repository is used with, which is fetched where there is none that fits. */
export const PNPM_VERSION = '10.34.9';
export const NODE_MAJOR = 24;

/** In words, for people. */
export const NEEDED = 'Node 22.23 or newer (not 23) and pnpm 10, 10.26 or newer';

/** TypeScript files run as they are, and our tools ask for it: 22.23 or newer of 22, or 24 and up. @param {string} version */
export function isNodeRight(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 22 && minor >= 23) || major >= NODE_MAJOR;
}

/**
 * Older ones do not know `allowBuilds` of pnpm-workspace.yaml, and would leave out what Postgres needs; newer majors may
 * read the lockfile otherwise.
 * @param {string} version
 */
export function isPnpmRight(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 10 && minor >= 26;
}
