import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file or folder of the repository. */
export const inRoot = (...parts: string[]): string => join(ROOT, ...parts);

/** Path of a program that a dependency of the whole repository brings. */
export const bin = (name: string): string => inRoot('node_modules', '.bin', name);
