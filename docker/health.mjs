// HEALTHCHECK of every image: asks the server of this container, on the port that it was given.
const [path = '/'] = process.argv.slice(2);
const ASK_TIMEOUT_MS = 2_000;

try {
  const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT}${path}`, {
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
