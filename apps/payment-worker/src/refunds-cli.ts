import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runRefunds } from './refunds/command.ts';

await runAsProcess(runRefunds);
