/**
 * Keeps what runs will use apart from what runs delete: a snapshot is pinned or doomed, never both. Each of the two is
 * one transaction that looks for the other, so of two runs that meet both know. What is over is remembered as long as a
 * run is at work that may have looked before it was.
 */
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Holder } from '../home/holder.ts';
import { readHolder } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';
import { UNFINISHED } from './run-rows.ts';

/** A snapshot: uuid of the filesystem it lies on, '' where that is not known, and the id it bears, proven or not. */
export interface Pin {
  readonly filesystem: string;
  readonly origin: string;
}

/** A run uses it (`pin`) or deletes it (`doom`). Both '': an older program is at work, and it may be any. */
export interface Claim extends Pin {
  readonly kind: 'pin' | 'doom';
  readonly run: number;
  /** ISO 8601 UTC. */
  readonly since: string;
  /** The count of moves when it was over; null: it is not. */
  readonly ended: number | null;
}

export interface Chosen {
  /** What the run will use from now on. */
  readonly pins: readonly Pin[];
  /** What it says is there, and does not use. */
  readonly there: readonly Pin[];
  /** `moves` before the first of the looks by which it was chosen. */
  readonly since: number;
}

export interface Going {
  /** Null: it is not there any more. */
  readonly wanted: readonly (Pin | null)[];
  /** What stays, and why these may go: as long as nobody deletes any of it, they may. */
  readonly restsOn: readonly Pin[];
  /** As in `Chosen`. */
  readonly since: number;
}

export type Doomed =
  /** `pinned`: by the place among the wanted, the run that uses it. All others are doomed. */
  | { readonly kind: 'doomed'; readonly pinned: ReadonlyMap<number, number> }
  /** None is: what this was planned by is otherwise since. Those of `by` that are not over are to be waited for. */
  | { readonly kind: 'moved'; readonly by: readonly Claim[] };

/** Faults of `pin` and `doom`: `interrupted`, when the run is not running any more in the journal. */
export interface PinJournal {
  /** How often anything was let go or deleted. Asked before a look, it tells what happened since. */
  moves(): number;
  /** Pins what no other run deletes. The answer: deletions of it, and of what is there, at work or since. None: all is. */
  pin(run: number, chosen: Chosen): Result<readonly Claim[]>;
  unpin(run: number, pins: readonly Pin[]): void;
  /** What is pinned now. */
  pinned(): Claim[];
  doom(run: number, going: Going): Result<Doomed>;
  /** All that the run deletes is gone, or stays. */
  lift(run: number): void;
  /** The fault of `pin` and `doom`; null: it is running. */
  whyStopped(run: number): Fault | null;
  /** Who is at a deletion now; null: a holder that another version wrote. */
  doomed(): (Claim & { readonly holder: Holder | null })[];
}

/** In any statement: how often something was over. */
export const MOVES = `(SELECT count FROM counters WHERE name = 'moves')`;

export const pinJournal = (database: JournalDatabase): PinJournal => ({
  moves: () => Number(database.row(`SELECT ${MOVES} AS count`)?.['count']),
  pin: (run, chosen) => forRunning(database, run, () => pin(database, run, chosen)),
  unpin: (run, pins) => {
    const end = (one: Pin) =>
      over(database, `kind = 'pin' AND run = ? AND filesystem = ? AND origin = ?`, run, ...of(one));
    database.write(() => pins.forEach(end));
  },
  pinned: () => active(database, 'pin').map(toClaim),
  doom: (run, going) => forRunning(database, run, () => doom(database, run, going)),
  lift: (run) => database.write(() => over(database, `kind = 'doom' AND run = ?`, run)),
  whyStopped: (run) => whyStopped(database, run),
  doomed: () =>
    active(database, 'doom').map((row) => ({ ...toClaim(row), holder: readHolder(row['holder']) })),
});

/** A process that stood still while another one took it for dead goes on neither using nor deleting. */
const forRunning = <T>(database: JournalDatabase, run: number, work: () => T): Result<T> =>
  database.write(() => {
    settle(database);
    const why = whyStopped(database, run);
    return why ? failed(why) : ok(work());
  });

const whyStopped = (database: JournalDatabase, run: number): Fault | null =>
  database.row(`SELECT 1 FROM runs WHERE id = ? AND state = 'running'`, run) ? null : isOver(run);

function pin(database: JournalDatabase, run: number, { pins, there, since }: Chosen): readonly Claim[] {
  const deletions = (one: Pin) => others(database, 'doom', run, one, since);
  const met = pins.flatMap((one) => {
    const found = deletions(one);
    if (found.every(({ ended }) => ended !== null)) claim(database, 'pin', run, one);
    return found;
  });
  return [...met, ...there.flatMap(deletions)];
}

function doom(database: JournalDatabase, run: number, { wanted, restsOn, since }: Going): Doomed {
  const by = deletionsAmong(database, run, restsOn, since);
  const pinned = new Map<number, number>();
  for (const [index, one] of wanted.entries()) {
    const users = one ? others(database, 'pin', run, one, since) : [];
    const user = users.find(({ ended }) => ended === null);
    if (user) pinned.set(index, user.run);
    // It was sent meanwhile, so it may be what both sides have.
    else by.push(...users);
  }
  if (by.length > 0) return { kind: 'moved', by };
  for (const [index, one] of wanted.entries())
    if (one && !pinned.has(index)) claim(database, 'doom', run, one);
  return { kind: 'doomed', pinned };
}

/** What is not known to lie elsewhere may lie here. */
export const isSameSnapshot = (one: Pin, other: Pin): boolean =>
  (one.origin === other.origin || one.origin === '' || other.origin === '') &&
  (one.filesystem === other.filesystem || one.filesystem === '' || other.filesystem === '');

/** Some run is deleting it, or was since then. Inside a transaction of the caller. */
export const wasDoomed = (
  database: JournalDatabase,
  { filesystem, originId }: { readonly filesystem: string | null; readonly originId: string },
  since: number,
): boolean =>
  others(database, 'doom', 0, { filesystem: filesystem ?? '', origin: originId }, since).length > 0;

/** At work or over since then. `run`: but for its own; 0: of all. */
const others = (db: JournalDatabase, kind: Claim['kind'], run: number, one: Pin, since: number): Claim[] =>
  db
    .rows(
      `SELECT * FROM pins
       WHERE origin IN (?, '') AND kind = ? AND run <> ? AND (ended IS NULL OR ended > ?)`,
      ...[one.origin, kind, run, since],
    )
    .map(toClaim)
    .filter((other) => isSameSnapshot(one, other));

/** Deletions by others of any of these, as `others` finds them. There may be thousands, so it is asked once for all. */
function deletionsAmong(db: JournalDatabase, run: number, all: readonly Pin[], since: number): Claim[] {
  const byOrigin = Map.groupBy(all, ({ origin }) => origin);
  return db
    .rows(
      `SELECT * FROM pins WHERE kind = 'doom' AND run <> ? AND (ended IS NULL OR ended > ?)`,
      ...[run, since],
    )
    .map(toClaim)
    .filter((doom) => {
      const sameOrigin = doom.origin === '' ? all : (byOrigin.get(doom.origin) ?? []);
      return sameOrigin.some((one) => isSameSnapshot(one, doom));
    });
}

const claim = (database: JournalDatabase, kind: Claim['kind'], run: number, one: Pin): number =>
  database.run(
    `INSERT INTO pins (kind, run, since, filesystem, origin) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (origin, filesystem, run, kind) DO UPDATE SET ended = NULL, since = excluded.since`,
    ...[kind, run, isoTime(database.clock.now()), ...of(one)],
  );

const of = ({ filesystem, origin }: Pin): [string, string] => [filesystem, origin];

function over(database: JournalDatabase, which: string, ...values: readonly (string | number)[]): void {
  const ended = database.run(
    `UPDATE pins SET ended = ${MOVES} + 1 WHERE ended IS NULL AND ${which}`,
    ...values,
  );
  if (ended > 0) database.run(`UPDATE counters SET count = count + 1 WHERE name = 'moves'`);
}

const RUNNING = `runs WHERE ${UNFINISHED} AND state = 'running'`;

/** The run is over, so it uses and deletes nothing any more. Inside a transaction of the caller. */
export const endClaims = (database: JournalDatabase, run: number): void => over(database, 'run = ?', run);

/**
 * What an older program runs beside us, or has run since, says nothing here: it may use or delete anything. A run that it
 * marked as finished claims nothing any more. And nobody asks for what was over before all of those at work began.
 */
function settle(database: JournalDatabase): void {
  for (const row of database.rows(
    `SELECT id, kind, started_at FROM runs WHERE began IS NULL AND state <> 'queued'`,
  )) {
    const run = Number(row['id']);
    const kind = OLDER[String(row['kind'])];
    // One that was cancelled before it began did nothing.
    if (kind && row['started_at'] !== null) claim(database, kind, run, { filesystem: '', origin: '' });
    database.run(`UPDATE runs SET began = ${MOVES} WHERE id = ?`, run);
  }
  const claiming = `SELECT run FROM (SELECT DISTINCT run FROM pins WHERE ended IS NULL)`;
  for (const { run } of database.rows(`${claiming} WHERE run NOT IN (SELECT id FROM ${RUNNING})`))
    endClaims(database, Number(run));
  database.run(`DELETE FROM pins WHERE ended <= (SELECT min(began) FROM ${RUNNING})`);
}

/** What runs did before there were pins. A round's parts are runs, and what it has chosen for those to come is used as well. */
const OLDER: Readonly<Record<string, Claim['kind']>> = {
  replication: 'pin',
  task: 'pin',
  cleanup: 'doom',
  delete: 'doom',
};

/** Also what an older program at work may be at. It only reads: it is asked often. */
function active(database: JournalDatabase, kind: Claim['kind']): Row[] {
  const older = database.rows(
    `SELECT id AS run, kind, started_at AS since, holder, '' AS filesystem, '' AS origin, NULL AS ended
     FROM ${RUNNING} AND began IS NULL`,
  );
  const claims = database.rows(
    `SELECT pins.*, runs.holder FROM pins JOIN runs ON runs.id = pins.run
     WHERE pins.ended IS NULL AND pins.kind = ? AND runs.state = 'running'`,
    kind,
  );
  const ofOlder = older.flatMap((row) => (OLDER[String(row['kind'])] === kind ? [{ ...row, kind }] : []));
  return [...claims, ...ofOlder];
}

const toClaim = (row: Row): Claim => ({
  kind: row['kind'] === 'pin' ? 'pin' : 'doom',
  run: Number(row['run']),
  filesystem: String(row['filesystem']),
  origin: String(row['origin']),
  since: String(row['since']),
  ended: row['ended'] === null ? null : Number(row['ended']),
});

const isOver = (run: number): Fault =>
  fault(
    'interrupted',
    `Run ${run} was taken for interrupted while its process stood still, so it does nothing more.`,
    'Run it again.',
  );
