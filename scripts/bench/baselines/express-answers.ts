// Bare Express sending bytes that it has in memory: what reading costs at least.
import { readFile } from 'node:fs/promises';
import express from 'express';

const { PORT, ANSWERS_FILE = '' } = process.env;

const kept = JSON.parse(await readFile(ANSWERS_FILE, 'utf8')) as Record<string, KeptAnswer>;
const answers = new Map(
  Object.entries(kept).map(([path, { headers, body }]) => [path, { headers, body: Buffer.from(body) }]),
);

const app = express();
app.disable('x-powered-by').disable('etag');
app.get(['/events', '/events/:id'], (request, response) => {
  const answer = answers.get(request.path);
  if (!answer) {
    response.status(404).end();
    return;
  }
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.end(answer.body);
});
app.listen(Number(PORT), '127.0.0.1');

const end = () => process.exit();
process.on('SIGTERM', end);
process.on('disconnect', end);

interface KeptAnswer {
  headers: [name: string, value: string][];
  body: string;
}
