import { runAsProcess } from './command-line.ts';
import { runReconcile } from './reconcile/command.ts';

await runAsProcess(runReconcile);
