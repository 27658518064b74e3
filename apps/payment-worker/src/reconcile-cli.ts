import { runReconcile } from './reconcile/command.ts';

process.exitCode = await runReconcile(process.argv.slice(2), {
  env: process.env,
  out: (text) => console.log(text),
  err: (text) => console.error(text),
});
