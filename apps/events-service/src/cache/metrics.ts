import { Counter, Gauge, type Registry } from 'prom-client';
import type { Copies } from './copies.ts';
import type { CachedRead } from './read-through.ts';

/** Counts what the cache does. */
export function cacheMetrics(registry: Registry, copies: Pick<Copies, 'size'>) {
  const reads = { event: { HIT: 0, MISS: 0, BYPASS: 0 }, list: { HIT: 0, MISS: 0, BYPASS: 0 } };
  new Counter({
    name: 'events_cache_reads_total',
    help: 'Reads of the catalogue by what was read and how: HIT, MISS or BYPASS',
    labelNames: ['what', 'cache'] as const,
    registers: [registry],
    // Reading is hot: it counts plainly, and labels are put on when somebody looks.
    collect() {
      this.reset();
      for (const [what, counts] of Object.entries(reads)) {
        for (const [cache, count] of Object.entries(counts)) this.inc({ what, cache }, count);
      }
    },
  });
  const errors = new Counter({
    name: 'events_cache_errors_total',
    help: 'Reads that did without the cache, or could not fill it, because Redis or the permit was away',
    registers: [registry],
  });
  const invalidations = new Counter({
    name: 'events_cache_invalidations_total',
    help: 'Invalidations by how: heard by all replicas, or by waiting for leases or for the epoch to end',
    labelNames: ['how'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'events_cache_local_bytes',
    help: 'What copies in this process take',
    registers: [registry],
    collect() {
      this.set(copies.size().bytes);
    },
  });
  return {
    hit: (what: 'event' | 'list') => {
      reads[what].HIT++;
    },
    read: <Read extends CachedRead<unknown>>(what: 'event' | 'list', read: Read): Read => {
      reads[what][read.cache]++;
      return read;
    },
    error: () => errors.inc(),
    invalidation: (how: 'heard-by-all' | 'waited' | 'epoch-ended') => invalidations.inc({ how }),
  };
}
