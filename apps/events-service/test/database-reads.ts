import type { Catalogue } from './catalogue.ts';

/** Counts the reads of the catalogue that reach the database from now on, by replica. */
export function countReads(replicas: readonly Catalogue[]): () => number[] {
  const counts = replicas.map(() => 0);
  for (const [index, { proxy }] of replicas.entries()) {
    proxy.onRequest((bytes) => {
      counts[index] = (counts[index] ?? 0) + readsIn(bytes);
    });
  }
  return () => [...counts];
}

/** Bind messages of the statements that read an event and search, and Parse messages of the list's, which has no name. */
function readsIn(bytes: Buffer): number {
  return bytes.toString('latin1').match(READ)?.length ?? 0;
}

const READ = /B[^]{4}\0(?:read-event|search-events)\0|P[^]{4}\0\s*with\s+under_way as/g;
