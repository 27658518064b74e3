import statuses from './exit-status.json' with { type: 'json' };

/**
 * What every command of this repository ends with; docs/operating.md has the table. 64 and 78 are EX_USAGE and EX_CONFIG of
 * sysexits.h, 130 is what a shell reports of a program that Ctrl-C ended. In a file of its own as JSON, for
 * scripts/bootstrap.mjs, which runs on a Node that reads no TypeScript.
 */
export const EXIT = statuses;
