import { runAsProcess } from './command-line.ts';
import { runRefunds } from './refunds/command.ts';

await runAsProcess(runRefunds);
