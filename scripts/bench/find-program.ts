import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where a program is: in one of the folders of a PATH, or of others besides; undefined if in none. */
export async function findProgram(name: string, path = '', besides: string[] = []): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), ...besides]) {
    const file = join(folder, name);
    if (folder !== '' && (await isProgram(file))) return file;
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
