import { userInfo } from 'node:os';

/** Why the system refused something with a file, in the middle of a sentence: never its code. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? '']?.() ?? message;
}

const notAllowed = () => `the user ${userName()} has no permission`;
const isFull = () => 'there is no space left on its disk';

const REASONS: Record<string, () => string> = {
  EACCES: notAllowed,
  EPERM: () => 'the system does not allow it, since it is immutable (chattr +i) or belongs to another user',
  EROFS: () => 'its file system is read-only',
  ENOSPC: isFull,
  EDQUOT: isFull,
  ENOTDIR: () => 'it is, or is below, a file and not a folder',
  EEXIST: () => 'it is a file or a broken link, and not a folder',
  ENOENT: () => 'it does not exist',
  EISDIR: () => 'it is a folder and not a file',
  ELOOP: () => 'its symbolic links go round in a circle',
  ENAMETOOLONG: () => 'its name is too long',
  EBUSY: () => 'it is in use, or another disk is mounted there',
};

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container, the number may have no name.
    return `with the number ${process.getuid?.() ?? '?'}`;
  }
}
