import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program on this terminal and waits for its end, passing signals on. Returns its exit status, as a shell would.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, hasChannel?: boolean }} options hasChannel: a Node program gets an IPC channel, by
 *   which it can tell that this process was killed
 * @returns {Promise<number>}
 */
export function runToItsEnd(file, args, { env, hasChannel = false }) {
  return new Promise((resolve, reject) => {
    const stdio = ['inherit', 'inherit', 'inherit', ...(hasChannel ? ['ipc'] : [])];
    const child = spawn(file, args, { env, stdio });
    // Ctrl-C reaches the whole group of a terminal, and npm passes it on too, so the program may get it several times;
    // it has to take what comes within a moment for one.
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const watch = whenParentGone(() => forward('SIGTERM'));
    child.once('error', (error) => reject(new Error(`${file} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      clearInterval(watch);
      resolve(signal ? 128 + constants.signals[signal] : code);
    });
  });
}

const PARENT_POLL_MS = 500;

/**
 * npm that is killed tells nobody: what it ran would stay behind. Only npm is watched, since a shell that ends may well
 * leave a program running on purpose (nohup).
 * @param {() => void} callback
 */
function whenParentGone(callback) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, PARENT_POLL_MS);
  timer.unref();
  return timer;
}

const LAST_WORDS_MS = 1_000;

/**
 * Runs a program and returns what it wrote. It is ended when it takes too long, or writes nothing for too long.
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, isShown?: boolean, silenceMs?: number }} options
 *   isShown: on stderr too; silenceMs: how long it may write nothing
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function runQuietly(file, args, { cwd, env, timeoutMs, isShown = false, silenceMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let silence;
    const end = (ok) => {
      clearTimeout(timeout);
      clearTimeout(silence);
      resolve({ ok, output: output.trim() });
    };
    const giveUp = () => {
      child.kill('SIGTERM');
      // By then it has told why. What it has started may live on, and keep its output open.
      setTimeout(() => {
        child.kill('SIGKILL');
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
        end(false);
      }, LAST_WORDS_MS);
    };
    const timeout = timeoutMs && setTimeout(giveUp, timeoutMs);
    const listen = () => {
      clearTimeout(silence);
      if (silenceMs) silence = setTimeout(giveUp, silenceMs);
    };
    listen();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (isShown) process.stderr.write(text);
        listen();
      });
    }
    child.once('error', (error) => {
      output += error.message;
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}

const SHOWN_LINES = 15;

/** What a program said at last, for a message; without where in its code that was. @param {string} output */
export function lastLinesOf(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines
    .slice(-SHOWN_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}
