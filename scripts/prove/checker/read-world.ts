import type pg from 'pg';
import { readHistory, type Told } from '../history.ts';
import { readDatabase } from './read-database.ts';
import { readStripe } from './read-stripe.ts';
import { readTopics, type TopicsPosition } from './read-topics.ts';
import type { Disturbance, World } from './world.ts';

export interface Sources {
  historyFile: string;
  database: pg.Pool;
  /** Only what is about these. */
  eventIds: string[];
  /** When the run began, by the database's clock. */
  sinceMs: number;
  /** Undefined where there is no Kafka. */
  topics: { brokers: string; since: TopicsPosition } | undefined;
  stripeUrl: string;
  disturbances: Disturbance[];
}

/** Gathers what there is to be compared, once everything has settled. */
export async function readWorld(sources: Sources): Promise<World> {
  const { historyFile, database, eventIds, sinceMs, topics, stripeUrl, disturbances } = sources;
  const history: Told[] = [];
  for await (const told of readHistory(historyFile)) history.push(told);
  return {
    history,
    database: await readDatabase(database, eventIds, sinceMs),
    topics: topics && (await readTopics(topics.brokers, topics.since)),
    stripe: await readStripe(stripeUrl),
    disturbances,
  };
}
