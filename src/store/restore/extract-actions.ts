/** What the screen does to take back what bringing files changed: it plans on the server, shows all of it, asks, and queues it. */
import type { ShownExtract } from '../../core/model/runs/extract.ts';
import type { Run } from '../../core/model/runs/run.ts';
import type { PlannedExtract } from '../../core/run/extract/plan-now.ts';
import { planExtractUndo } from '../../core/run/extract/undo-now.ts';
import { type App, ask, tell } from '../app.ts';
import { enqueue } from '../enqueue.ts';

/** How a plan is put into words is the page's. */
export type ExtractWords = (shown: ShownExtract, now: number) => readonly string[];

/** Milliseconds: nobody looks at a page for longer. */
const PATIENCE = 60_000;

export function askExtractUndo(app: App, run: Run, words: ExtractWords): void {
  tell(app, 'info', `Looking at what taking back run ${run.id} would do …`);
  const before = app.store.getState().page;
  const signal = AbortSignal.timeout(PATIENCE);
  void planExtractUndo(app.deps.fleet, { run, force: false }, signal).then((planned) => {
    // Somebody who went elsewhere meanwhile did not ask for a question there.
    const { overlay, page } = app.store.getState();
    if (overlay !== null || page !== before) return;
    if (planned.ok) askPlanned(app, planned.value, words);
    else tell(app, 'bad', `${planned.fault.message} ${planned.fault.hint}`.trim());
  });
}

function askPlanned(app: App, { shown, request }: PlannedExtract, words: ExtractWords): void {
  const [title = '', ...lines] = words(shown, app.deps.fleet.clock.now());
  ask(app, {
    ...{ title, lines },
    run: () =>
      void enqueue(
        app,
        { kind: 'extract', ...request },
        () => `what run ${request.undo} did is being taken back`,
      ),
  });
}
