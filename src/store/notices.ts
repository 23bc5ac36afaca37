/**
 * Decides how long what was told stays in sight: information for a while, or until its page is left; a failure until
 * somebody was there to see it, whatever was told since. `!` shows all of it.
 */
import { type App, change } from './app.ts';
import type { AppState, Notice } from './state.ts';

/** Milliseconds in which a line is read. */
export const READ = 6000;

/** Milliseconds within which nobody answers a failure: the key was pressed for something else. */
const REACTION = 1000;

/** Newest first. */
export const unseenFailures = ({ messages, seenAt }: AppState): readonly Notice[] =>
  messages.filter(({ kind, at }) => kind === 'bad' && at > seenAt);

const isInformation = ({ kind }: Notice): boolean => kind === 'good' || kind === 'info';

/** As time goes on. Nothing is written while nothing is over. */
export function expireNotice(app: App): void {
  const { notice } = app.store.getState();
  if (notice !== null && isInformation(notice) && ageOf(app, notice) >= READ) drop(app);
}

/** After a key: somebody is there. `before` is what was shown when it was pressed. */
export function noticeSeen(app: App, before: AppState): void {
  const reacted = app.deps.fleet.clock.now() - REACTION;
  if (unseenFailures(before).some(({ at }) => at <= reacted)) change(app, { seenAt: reacted });
  const { notice, page } = app.store.getState();
  // What the key itself had to tell is for later.
  if (notice === null || notice !== before.notice) return;
  if (isInformation(notice) ? page !== before.page : ageOf(app, notice) >= READ) drop(app);
}

const ageOf = (app: App, { at }: Notice): number => app.deps.fleet.clock.now() - at;

/** What it had covered comes up again. */
function drop(app: App): void {
  const [failure = null] = unseenFailures(app.store.getState());
  change(app, { notice: failure });
}
