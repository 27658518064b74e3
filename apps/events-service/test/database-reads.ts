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

/** Bind messages of the statement that reads an event, and Parse messages of the list's, which has no name. */
function readsIn(bytes: Buffer): number {
  return bytes.toString('latin1').match(/B[^]{4}\0read-event\0|with under_way as/g)?.length ?? 0;
}
