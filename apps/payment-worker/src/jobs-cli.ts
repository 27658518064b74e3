import { runAsProcess } from './command-line.ts';
import { runJobs } from './jobs/command.ts';

await runAsProcess(runJobs);
