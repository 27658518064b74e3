import { startEmbeddedPostgres } from '/work/main/packages/testing/src/embedded-postgres.ts';
let t = performance.now();
const s = await startEmbeddedPostgres({
  dataDir: process.argv[2]!,
  persistent: process.argv[3] === 'p',
  settings: process.argv[3] === 'p' ? {} : { fsync: 'off' },
});
console.log(s, performance.now() - t);
if (process.argv[4] === 'wait') await new Promise((r) => setTimeout(r, 1e6));
t = performance.now();
await s.stop();
console.log('stopped', performance.now() - t);
