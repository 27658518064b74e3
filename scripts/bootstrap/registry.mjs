import http from 'node:http';
import https from 'node:https';
import { runQuietly } from './run.mjs';

const CONFIG_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 8_000;

/**
 * The npm registry, as a package manager is set up to reach it.
 * @typedef {{ name: string, reason?: string }} Registry name: how to call it; reason: why it cannot be reached, if so
 */

/**
 * Asks the package manager where its registry is, and whether that answers, or the proxy before it: a package manager that
 * gets no answer would try again for minutes.
 * @param {string} file npm or pnpm
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<Registry>}
 */
export async function findRegistry(file, { cwd, env }) {
  const config = await readConfig(file, { cwd, env });
  const registry = urlOf(config.registry);
  if (!registry) return { name: 'the npm registry' };
  const proxy = urlOf(config['https-proxy'] ?? config.proxy ?? env.HTTPS_PROXY ?? env.https_proxy ?? env.HTTP_PROXY);
  const name = `the npm registry (${registry.origin})`;
  // With a proxy too, the registry may be among what is reached without.
  const problems = await Promise.all([registry, ...(proxy ? [proxy] : [])].map(askSomething));
  if (problems.includes(undefined)) return { name };
  return { name, reason: proxy ? `the proxy ${proxy.host} does not answer: ${problems[1]}` : problems[0] };
}

/** @param {string} file @param {{ cwd: string, env: NodeJS.ProcessEnv }} options */
async function readConfig(file, { cwd, env }) {
  const { output } = await runQuietly(file, ['config', 'list', '--json'], { cwd, env, timeoutMs: CONFIG_TIMEOUT_MS });
  try {
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  } catch {
    return {};
  }
}

/** @param {unknown} text */
function urlOf(text) {
  try {
    return typeof text === 'string' ? new URL(text) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Nothing if anything is answered, else the reason. What is answered is of no interest, and who answers neither: nothing is
 * told, and package managers may trust others than Node does.
 * @param {URL} url
 * @returns {Promise<string | undefined>}
 */
function askSomething(url) {
  return new Promise((resolve) => {
    const { request } = url.protocol === 'http:' ? http : https;
    const asked = request(url, { method: 'HEAD', rejectUnauthorized: false, agent: false });
    const end = (reason) => {
      clearTimeout(timer);
      asked.destroy();
      resolve(reason);
    };
    // Looking up a name may hang as well, and is no part of the request's own time limit.
    const timer = setTimeout(() => end(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`), ANSWER_TIMEOUT_MS);
    asked.once('response', () => end(undefined));
    asked.on('error', (error) => end(error.message || error.code));
    asked.end();
  });
}
