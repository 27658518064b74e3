import { expect, test } from 'vitest';
import { neededServers } from '../run/needed-servers.ts';

const planned = (directory: string) => ({ package: directory, directory, isCached: false });

test('only the servers are started that the global setups of the packages name', async () => {
  expect(await neededServers([planned('packages/types'), planned('scripts')])).toEqual([]);
  expect(await neededServers([planned('packages/kafka'), planned('packages/testing')])).toEqual(['postgres', 'kafka']);
});
