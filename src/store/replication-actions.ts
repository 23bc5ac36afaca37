/** What the screen does with replications: it asks what one would send, hands it to the engine, and cancels it. */
import type { ReplicationRequest } from '../core/model/runs/replication.ts';
import { previewReplication } from '../core/run/replication/preview.ts';
import { type App, change, tell } from './app.ts';
import { enqueue } from './enqueue.ts';
import { readJournal } from './history.ts';
import type { AppState } from './state.ts';
import { note } from './undo.ts';

export type FormName = 'full' | 'incremental';

export function startReplication(app: App, form: FormName, request: ReplicationRequest): void {
  const run = enqueue(
    app,
    { kind: 'replication', ...request },
    ({ id }) => `Replication of ${request.subvolume} is run ${id}; it goes on without the screen`,
  );
  if (run === null) return;
  // Shown at once: until the journal was looked at again, the same key would send it a second time.
  app.store.setState(({ runs, full, incremental }) => ({
    runs: [run, ...runs.filter(({ id }) => id !== run.id)],
    ...(form === 'full'
      ? { full: { ...full, runId: run.id } }
      : { incremental: { ...incremental, runId: run.id } }),
  }));
}

export function cancelRun(app: App, id: number): void {
  const asked = readJournal(app, () => app.deps.fleet.journal.requestCancel(id));
  if (asked === null) tell(app, 'bad', `Run ${id} was not cancelled: the journal cannot be written`);
  else if (asked.ok) {
    tell(app, 'info', `Run ${id} is being cancelled`);
    note(app, `run ${id} was cancelled`, null);
  } else tell(app, 'warn', asked.fault.message);
}

/** Asks once for each request; an answer to an older question is dropped. */
export async function askDelta(app: App, request: ReplicationRequest): Promise<void> {
  const key = JSON.stringify(request);
  if (app.store.getState().delta?.key === key) return;
  change(app, { delta: { key, state: 'asking' } });
  const signal = new AbortController().signal;
  const report = await previewReplication(app.deps.fleet, request, signal);
  app.store.setState((state: AppState) => {
    if (state.delta?.key !== key) return state;
    return {
      delta: report.ok
        ? { key, state: 'known', value: report.value }
        : { key, state: 'failed', fault: report.fault },
    };
  });
}
