import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runReconcile } from './reconcile/command.ts';

await runAsProcess(runReconcile);
