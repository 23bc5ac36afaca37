/** Decides how it is remembered what is trouble, and what people have been told of it. It tells nobody. */
import { type Alarm, type Told, WAYS, type Way } from '../../model/status/alarm.ts';
import type { Urgency } from '../../model/status/finding.ts';
import type { JournalDatabase, Row } from './database.ts';

export interface AlarmJournal {
  /** By key. */
  alarms(): ReadonlyMap<string, Alarm>;
  /** Null: it is forgotten. */
  saveAlarm(key: string, alarm: Alarm | null): void;
  /** As if this way had told nobody anything: what it is about was set anew. */
  forgetTold(way: Way): void;
}

export const alarmJournal = (database: JournalDatabase): AlarmJournal => ({
  alarms: () =>
    new Map(database.rows('SELECT * FROM alarms').map((row) => [String(row['key']), toAlarm(row)])),
  saveAlarm: (key, alarm) => {
    if (alarm === null) database.run('DELETE FROM alarms WHERE key = ?', key);
    else {
      database.run(
        'INSERT OR REPLACE INTO alarms (key, state, title, message, hint, since, told) VALUES (?, ?, ?, ?, ?, ?, ?)',
        key,
        alarm.state,
        alarm.title,
        alarm.message,
        alarm.hint,
        alarm.since,
        JSON.stringify(alarm.told),
      );
    }
  },
  forgetTold: (way) => {
    database.run('UPDATE alarms SET told = json_remove(told, ?)', `$.${way}`);
  },
});

const STATES: readonly Alarm['state'][] = ['warning', 'bad', 'over', 'unwatched'];

const toAlarm = (row: Row): Alarm => ({
  state: STATES.find((state) => state === row['state']) ?? 'bad',
  title: String(row['title']),
  message: String(row['message']),
  hint: String(row['hint']),
  since: String(row['since']),
  told: toldOf(JSON.parse(String(row['told']))),
});

/** What another version wrote and this one cannot read is told again. */
function toldOf(value: unknown): Alarm['told'] {
  const told: Partial<Record<Way, Told>> = {};
  if (typeof value !== 'object' || value === null) return told;
  const entries = new Map<string, unknown>(Object.entries(value));
  for (const way of WAYS) {
    const one = entries.get(way);
    if (typeof one !== 'object' || one === null || !('level' in one) || !('at' in one)) continue;
    const level = LEVELS.find((known) => known === one.level);
    if (level !== undefined) told[way] = { level, at: String(one.at) };
  }
  return told;
}

const LEVELS: readonly Urgency[] = ['warning', 'bad'];
