import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Operation } from '@ticketing/types/operation';

/**
 * Every operation that packages/types exports, found in its files rather than taken from a list: one that was added and
 * forgotten in a list would be the one that nobody tested.
 */
export async function everyOperation(): Promise<Operation[]> {
  const folder = dirname(fileURLToPath(import.meta.resolve('@ticketing/types/operation')));
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(`${folder}/${file}`).href) as Promise<Record<string, unknown>>),
  );
  const found = modules.flatMap((module) => Object.values(module)).filter(isOperation);
  return [...new Map(found.map((operation) => [operation.id, operation])).values()];
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'access' in value;
}
