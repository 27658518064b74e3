import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listen } from '../src/http-server.ts';

test('connections that wait to be accepted when closing begins are served', async () => {
  const server = await listen((_request, response) => response.end('served'), { host: '127.0.0.1', port: 0 });
  // All of them are begun before this process gets to accept the first one.
  const { hostname, port } = new URL(server.url);
  const answers = Array.from({ length: 50 }, async () => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.end('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    return text(socket);
  });
  await server.close();
  const served = (await Promise.all(answers)).filter((answer) => answer.endsWith('served'));
  expect(served).toHaveLength(answers.length);
});
