import { runAsProcess } from './command-line.ts';
import { runDlq } from './dlq/command.ts';

await runAsProcess(runDlq);
