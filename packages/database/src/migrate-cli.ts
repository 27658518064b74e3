import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runMigrate } from './migrate-command.ts';

await runAsProcess((args, { env, ...output }) => runMigrate(args, output, () => Promise.resolve(env)));
