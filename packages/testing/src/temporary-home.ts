import { statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';

const MIN_ROOM_BYTES = 2 * 1024 ** 3;
const SHARED_MEMORY = '/dev/shm';

/**
 * The folder for data that only lives as long as a test run: in memory where there is plenty (cloning a database took
 * 25 ms there and 300 ms on disk), else the system's temporary folder. Containers often have 64 MB there: too little.
 */
export async function temporaryHome(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(SHARED_MEMORY);
    if (bavail * bsize >= MIN_ROOM_BYTES && freemem() >= 2 * MIN_ROOM_BYTES) return SHARED_MEMORY;
  } catch {
    // No such folder: not Linux.
  }
  return tmpdir();
}
