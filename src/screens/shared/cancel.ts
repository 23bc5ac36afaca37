/** Asks before a run is cancelled: what it has done by then is begun anew by the next one, and a key is soon hit. */
import type { Run, RunRequest } from '../../core/model/runs/run.ts';
import { type App, ask, tell } from '../../store/app.ts';
import { cancelRun } from '../../store/replication-actions.ts';
import { whyUnchanged } from '../keys/actions.ts';
import { runTitle } from './run-lines.ts';

const COMES_OF_IT: Readonly<Record<RunRequest['kind'], string>> = {
  snapshot: 'What has been made stays.',
  replication: 'What is half received is removed; what has arrived whole stays.',
  delete: 'What has been deleted is gone; the rest stays.',
  cleanup: 'What has been deleted is gone; the rest stays.',
  seed: 'Parts of an export that are whole stay, and the next one goes on with them; what is half received is removed.',
  extract: 'Until something there is changed, nothing is done; from then on it is not broken off.',
  restore: 'Once it has begun it is not broken off.',
  verify: 'What was compared by then is told; the rest is not known.',
  task: 'What is half received is removed; what has arrived whole stays. The next round comes when it is due.',
};

export function askCancel(app: App, run: Run): void {
  const { overlay } = app.store.getState();
  const why = whyUnchanged(app.store.getState());
  if (why !== undefined) {
    tell(app, 'warn', `cancel: ${why}`);
    return;
  }
  ask(app, {
    title: `Cancel this? ${runTitle(run)}`,
    lines: [COMES_OF_IT[run.request.kind]],
    back: overlay,
    run: () => cancelRun(app, run.id),
  });
}
