/**
 * Decides what people are told: each change once, by each way that is set. It tells nobody. Trouble is over when
 * something shows that it is, never because it cannot be seen any more.
 */
import type { Alarm, Notification, Outlook, Verdict, Way } from '../../model/status/alarm.ts';

/** Trouble there is now, in words. */
export type ToldTrouble = Pick<Notification, 'level' | 'title' | 'message' | 'hint'>;

/** What to keep of each subject, by its key: every alarm that is new or another one; null: it is forgotten. */
export function nextAlarms(
  known: ReadonlyMap<string, Alarm>,
  troubles: ReadonlyMap<string, ToldTrouble>,
  verdict: Outlook['verdict'],
  at: string,
): ReadonlyMap<string, Alarm | null> {
  const changes = new Map<string, Alarm | null>();
  for (const [key, trouble] of troubles) {
    const before = known.get(key);
    if (before?.state !== trouble.level) changes.set(key, begun(trouble, before, at));
  }
  for (const [key, before] of known) {
    if (troubles.has(key) || isOver(before)) continue;
    const after = ended(before, verdict(key));
    if (after !== before) changes.set(key, after);
  }
  return changes;
}

const isOver = ({ state }: Alarm): boolean => state === 'over' || state === 'unwatched';

function begun(trouble: ToldTrouble, before: Alarm | undefined, at: string): Alarm {
  const { level: state, ...words } = trouble;
  const goesOn = before !== undefined && !isOver(before);
  return { state, ...words, since: goesOn ? before.since : at, told: before?.told ?? {} };
}

/** Null: nobody was ever told of it, so nobody has to hear that it is over. */
function ended(before: Alarm, verdict: Verdict): Alarm | null {
  if (verdict.kind === 'unknown') return before;
  if (Object.keys(before.told).length === 0) return null;
  return verdict.kind === 'well'
    ? { ...before, state: 'over', message: verdict.message, hint: '' }
    : { ...before, state: 'unwatched', message: UNWATCHED, hint: '' };
}

const UNWATCHED =
  'It was disabled, suspended, removed or forgotten, or has no RPO any more. Whether it is well is not known.';

/** What this way has still to bring to people; in the order of `alarms`. */
export const toTell = (alarms: ReadonlyMap<string, Alarm>, way: Way): Notification[] =>
  [...alarms].flatMap(([key, alarm]): Notification[] => {
    const { state, title, message, hint, since, told } = alarm;
    const before = told[way];
    const about = { key, message, hint, since };
    if (state === 'over' || state === 'unwatched') {
      if (before === undefined) return [];
      const [event, word] = state === 'over' ? (['recovery', 'Over'] as const) : NO_LONGER;
      return [{ event, level: before.level, title: `${word}: ${title}`, ...about }];
    }
    return before?.level === state ? [] : [{ event: 'trouble', level: state, title, ...about }];
  });

const NO_LONGER = ['unwatched', 'No longer watched'] as const;

/** After a way has brought it to people. Null: all that there was to tell is told. */
export function toldBy(alarm: Alarm, way: Way, { event, level }: Notification, at: string): Alarm | null {
  if (event === 'trouble') return { ...alarm, told: { ...alarm.told, [way]: { level, at } } };
  const { [way]: _, ...told } = alarm.told;
  return isOver(alarm) && Object.keys(told).length === 0 ? null : { ...alarm, told };
}

/** Without what ways that are no longer set were told. Null as `toldBy`. */
export function withWays(alarm: Alarm, ways: readonly Way[]): Alarm | null {
  const told = Object.fromEntries(ways.flatMap((way) => (alarm.told[way] ? [[way, alarm.told[way]]] : [])));
  if (Object.keys(told).length === Object.keys(alarm.told).length) return alarm;
  return isOver(alarm) && Object.keys(told).length === 0 ? null : { ...alarm, told };
}
