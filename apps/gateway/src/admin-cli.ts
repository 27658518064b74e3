import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runAdmin } from './admin/command.ts';

await runAsProcess(runAdmin);
