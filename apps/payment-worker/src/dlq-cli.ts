import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runDlq } from './dlq/command.ts';

await runAsProcess(runDlq);
