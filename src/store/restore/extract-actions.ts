/** What the screen does to bring files back, and to take that back: it plans on the server, shows all of it, asks, and queues it. */
import type { Result } from '../../core/model/result.ts';
import type { ExtractWish, ShownExtract } from '../../core/model/runs/extract.ts';
import type { Run } from '../../core/model/runs/run.ts';
import { type PlannedExtract, planExtractNow } from '../../core/run/extract/plan-now.ts';
import { planExtractUndo } from '../../core/run/extract/undo-now.ts';
import { type App, ask, tell } from '../app.ts';
import { enqueue } from '../enqueue.ts';

/** How a plan is put into words is the page's. */
export type ExtractWords = (shown: ShownExtract, now: number) => readonly string[];

/** Milliseconds: nobody looks at a page for longer. */
const PATIENCE = 60_000;

/** `paths`: of a snapshot of the primary, below the subvolume. What is there is replaced; nothing is removed. */
export function askExtract(
  app: App,
  { paths, ...from }: Pick<ExtractWish, 'subvolume' | 'snapshot' | 'paths'>,
  what: string,
  words: ExtractWords,
): void {
  const wish: ExtractWish = {
    ...{ ...from, paths, from: null, to: null, isHere: false },
    ...{ overwrite: 'always', removes: false, include: [], exclude: [] },
  };
  const begun = `${what} of ${from.subvolume} ${paths.length === 1 ? 'is' : 'are'} being brought back`;
  plan(app, { what: `bringing back ${what}`, title: `Bring back ${what}?`, begun }, words, (signal) =>
    planExtractNow(app.deps.fleet, wish, signal),
  );
}

export function askExtractUndo(app: App, run: Run, words: ExtractWords): void {
  const begun = `what run ${run.id} did is being taken back`;
  plan(
    app,
    { what: `taking back run ${run.id}`, title: `Take back run ${run.id}?`, begun },
    words,
    (signal) => planExtractUndo(app.deps.fleet, { run, force: false }, signal),
  );
}

type Planner = (signal: AbortSignal) => Promise<Result<PlannedExtract>>;

interface Asked {
  /** What is looked at, and what is asked then. */
  readonly what: string;
  readonly title: string;
  /** What is told when it was queued. */
  readonly begun: string;
}

function plan(app: App, asked: Asked, words: ExtractWords, planner: Planner): void {
  tell(app, 'info', `Looking at what ${asked.what} would do …`);
  const before = app.store.getState();
  void planner(AbortSignal.timeout(PATIENCE)).then((planned) => {
    // Somebody who went elsewhere meanwhile did not ask for a question there.
    const { overlay, page, browsing } = app.store.getState();
    if (overlay !== null || page !== before.page || browsing?.page.key !== before.browsing?.page.key) return;
    if (planned.ok) askPlanned(app, planned.value, asked, words);
    else tell(app, 'bad', `${planned.fault.message} ${planned.fault.hint}`.trim());
  });
}

function askPlanned(
  app: App,
  { shown, request }: PlannedExtract,
  { title, begun }: Asked,
  words: ExtractWords,
): void {
  const lines = words(shown, app.deps.fleet.clock.now());
  ask(app, { title, lines, run: () => void enqueue(app, { kind: 'extract', ...request }, () => begun) });
}
