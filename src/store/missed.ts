/** Tells what failed while nobody looked: once, when the screen opens, and never at the first start. */
import { failuresSince } from '../core/run/status/dashboard.ts';
import { type App, tell } from './app.ts';
import { readJournal } from './history.ts';

export function tellMissed(app: App): void {
  const { fleet, remembered, timeZone } = app.deps;
  const since = remembered?.lookedAt ?? null;
  if (since === null) return;
  const missed = readJournal(app, () => failuresSince(fleet, since));
  if (missed === null || missed.count === 0) return;
  const { count, recovered, isMore } = missed;
  const runs = count === 1 ? 'One run' : `${count} runs${isMore ? ' or more' : ''}`;
  const rest = recovered === 0 ? '' : `; ${recoveredText(count, recovered)} succeeded since`;
  const kind = recovered === count && !isMore ? 'warn' : 'bad';
  const when = whenText(since, fleet.clock.now(), timeZone);
  // What leads there stands in front: a narrow terminal cuts the end.
  tell(app, kind, `${runs} failed (7 History) since you looked, ${when}${rest}`);
}

const recoveredText = (count: number, recovered: number): string => {
  if (recovered < count) return `${recovered} of them`;
  return count === 1 ? 'the same' : 'all of them';
};

const DAY = 86_400_000;

/** `21:04`, `yesterday 21:04` or `28 Nov 21:04`, as the clock of this machine shows it. */
function whenText(at: number, now: number, timeZone: string): string {
  const dayOf = (time: number): string => new Intl.DateTimeFormat('en-CA', { timeZone }).format(time);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
  if (dayOf(at) === dayOf(now)) return clock;
  if (dayOf(at) === dayOf(now - DAY)) return `yesterday ${clock}`;
  return `${new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }).format(at)} ${clock}`;
}
