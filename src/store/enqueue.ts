/** Hands a run to the engine, or says that it could not be: a journal that cannot be written must not end the screen. */
import type { Run, RunRequest } from '../core/model/runs/run.ts';
import { type App, tell } from './app.ts';
import { readJournal } from './history.ts';
import { note } from './undo.ts';

const BEGUN: Readonly<Record<RunRequest['kind'], string>> = {
  snapshot: 'a snapshot was made',
  delete: 'snapshots were deleted',
  cleanup: 'snapshots were cleaned up',
  replication: 'a replication was begun',
  task: 'a task was run',
  extract: 'files were being brought back',
  restore: 'a restore was begun',
  verify: 'replicas were compared',
  seed: 'a seed was begun',
};

/** Null: nothing was begun, and that has been told. `begun` is what is told when it was. */
export function enqueue(app: App, request: RunRequest, begun: (run: Run) => string): Run | null {
  const run = readJournal(app, () => app.deps.queue(request));
  if (run === null) tell(app, 'bad', 'Nothing was begun: the journal cannot be written');
  else {
    tell(app, 'info', begun(run));
    note(app, BEGUN[request.kind], null);
  }
  return run;
}
