import { DataError } from '@ticketing/testing/data-error';
import { reasonOf } from '@ticketing/testing/file-fault';

/** What a person is told of an error that has to do with the data folder; undefined for any other. */
export function inWords(error: unknown, dataDir: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof DataError) {
    return (
      `${error.message} Nothing was changed. If it cannot be restored from a backup, \`npm start -- --reset\` removes all ` +
      `data in ${dataDir} and begins anew.`
    );
  }
  const { code, path } = error as NodeJS.ErrnoException;
  // A server's last words, or the system's.
  if (code === 'ENOSPC' || /ENOSPC|no space left on device/i.test(error.message)) {
    return `There is no space left on the disk of ${dataDir}: make some, or set DATA_DIR to a folder on another disk.`;
  }
  if (code === undefined || path?.startsWith(dataDir) !== true) return undefined;
  return `${path} cannot be used: ${reasonOf(error)}. Set DATA_DIR to a folder of your own, or make this one usable.`;
}
