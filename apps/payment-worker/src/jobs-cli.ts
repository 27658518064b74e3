import { runAsProcess } from '@ticketing/service-kit/command-line';
import { runJobs } from './jobs/command.ts';

await runAsProcess(runJobs);
