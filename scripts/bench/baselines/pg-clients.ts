// Does what pgbench would, where there is none: a transaction over and over on some connections, statements prepared.
import { randomInt } from 'node:crypto';
import pg from 'pg';
import type { ClientTask } from './transactions.ts';

process.on('disconnect', () => process.exit());
process.once('message', (task: ClientTask) => {
  run(task).then(
    (figure) => process.send?.(figure, () => process.exit()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run({ url, clients, transaction, extent }: ClientTask): Promise<{ perSecond: number }> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const statements = transaction.statements.map(prepare);
  const start = performance.now();
  let begun = 0;
  const isOver = () =>
    'seconds' in extent ? performance.now() - start >= extent.seconds * 1000 : begun >= extent.transactions;
  await Promise.all(
    connections.map(async (client) => {
      while (!isOver()) {
        begun++;
        const variables: Record<string, number> = {};
        for (const [name, upTo] of Object.entries(transaction.random ?? {})) variables[name] = randomInt(1, upTo + 1);
        if (transaction.counter !== undefined) variables[transaction.counter] = begun;
        for (const { name, text, names } of statements) {
          await client.query({ name, text, values: names.map((variable) => variables[variable]) });
        }
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(connections.map((client) => client.end()));
  return { perSecond: begun / seconds };
}

/** `:name` becomes `$1`; a cast's `::` stays. */
function prepare(statement: string, index: number): { name: string; text: string; names: string[] } {
  const names: string[] = [];
  const text = statement.replaceAll(/(?<!:):([a-z]+)/g, (_match, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { name: `statement-${index}`, text, names };
}
