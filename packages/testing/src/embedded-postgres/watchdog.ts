import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export interface Watchdog {
  /** The process to stop when we die; undefined when it has ended by itself. */
  guard: (pid: number | undefined) => void;
  /** Sends the watchdog home; resolves when it has left. */
  release: () => Promise<void>;
}

/**
 * Starts a shell that outlives this process just long enough to stop the guarded server and remove `paths`. It notices
 * our death by the end of its input, which the system closes however we die. A shell, because it takes 1 MB where a
 * Node process takes 40.
 */
export function startWatchdog(paths: string[]): Watchdog {
  const shell = spawn('/bin/sh', ['-c', script, 'postgres-watchdog', ...paths], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const left = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve());
    shell.once('error', () => resolve());
  });
  // A watchdog that someone killed must not take us along.
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as Socket).unref();
  return {
    guard: (pid) => void shell.stdin.write(`${pid ?? 0}\n`),
    release: async () => {
      shell.ref();
      shell.stdin.end('released\n');
      await left;
    },
  };
}

/** Lines on its input are the pid to stop (0: none), or `released`. Waits are bounded: 10 s, then harder signals. */
const script = `
trap '' INT TERM HUP
pid=0
while read -r line; do
  case $line in
    released) exit 0 ;;
    *) pid=$line ;;
  esac
done
alive() {
  kill -0 "$pid" 2>/dev/null || return 1
  # A dead process that nobody has collected (containers without an init) is dead all the same.
  case $(cat "/proc/$pid/stat" 2>/dev/null) in *') Z '*) return 1 ;; esac
}
gone() {
  tries=$1
  while alive; do
    [ "$tries" -gt 0 ] || return 1
    tries=$((tries - 1))
    sleep 0.1
  done
}
if [ "$pid" -gt 0 ]; then
  kill -INT "$pid" 2>/dev/null
  gone 100 || { kill -QUIT "$pid"; gone 30; } || { kill -KILL "$pid"; gone 10; }
fi
[ $# -eq 0 ] || rm -rf -- "$@"
`;
