// The process that puts a service under load: gets one task from its parent, sends back one result.
import { runClosedLoop, type ClosedLoop } from './closed-loop.ts';
import { runOpenLoop, type OpenLoop } from './open-loop.ts';

type Task = { kind: 'closed-loop'; plan: ClosedLoop } | { kind: 'open-loop'; plan: OpenLoop };

process.on('disconnect', () => process.exit());
process.once('message', (task: Task) => {
  const run = task.kind === 'closed-loop' ? runClosedLoop(task.plan) : runOpenLoop(task.plan);
  run.then(
    (result) => process.send?.(result, () => process.exit()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
