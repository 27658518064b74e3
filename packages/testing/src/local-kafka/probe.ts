import { connect } from 'node:net';

const TIMEOUT_MS = 5_000;
const API_VERSIONS = 18;
const CORRELATION_ID = 1;

/**
 * Asks a broker which requests it knows, the first thing that any client asks
 * (https://kafka.apache.org/protocol#The_Messages_ApiVersions).
 *
 * @throws when what listens there does not answer as a Kafka broker, or not in time.
 */
export async function probeBroker(address: string): Promise<void> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  const socket = connect({ host, port: Number(port), timeout: TIMEOUT_MS });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`${address} closed the connection`)));
      socket.once('timeout', () => reject(new Error(`${address} did not answer in time`)));
      socket.once('connect', () => socket.write(apiVersionsRequest()));
      socket.once('data', (answer) => {
        // Length, correlation id, error code.
        const isKafka = answer.length >= 10 && answer.readInt32BE(4) === CORRELATION_ID && answer.readInt16BE(8) === 0;
        if (isKafka) resolve();
        else reject(new Error(`${address} is no Kafka broker`));
      });
    });
  } finally {
    socket.destroy();
  }
}

/** Header version 1 with a null client id; version 0 of the request has no body. */
function apiVersionsRequest(): Buffer {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION_ID, 8);
  request.writeInt16BE(-1, 12);
  return request;
}
