/**
 * Decides what is remembered of automation: which due time each item was last begun for, and how the rounds of a task
 * went on each target. It decides nothing about when.
 */
import { type ItemMemory, taskKeys } from '../../model/automation/automation.ts';
import type { TaskTargetMemory } from '../../model/automation/task.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { faultsOf, type Run, type RunRequest } from '../../model/runs/run.ts';
import type { Holder } from '../home/holder.ts';
import { readFault, readReport } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';
import { standing } from './item-records.ts';
import { progressOf, textOrNull } from './run-rows.ts';
import { insertRun } from './runs.ts';

export interface DueRun {
  readonly item: string;
  /** The due time it is begun for, ISO 8601 UTC. */
  readonly dueAt: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** What the caller decided on; null: the item was never begun. */
  readonly after: Pick<ItemMemory, 'dueAt' | 'attempt'> | null;
  readonly request: RunRequest;
  readonly holder: Holder;
}

export interface TaskTargetNews {
  readonly task: string;
  readonly target: string;
  readonly status: 'ok' | 'failed' | 'absent';
  readonly fault: Fault | null;
  /** Failures in a row after which it is left alone; 0: never. */
  readonly suspendAfter: number;
  /** What the round was begun for, ISO 8601 UTC; null or left out: nobody waited for a time. */
  readonly dueAt?: string | null;
}

export interface AutomationJournal {
  /** Every item that was ever begun. */
  itemMemories(): ItemMemory[];
  /** A running run for an item that is due; null: somebody else has begun it since the caller looked. */
  beginDueRun(due: DueRun): Run | null;
  /** Of a task, or of all. */
  taskTargets(task?: string): TaskTargetMemory[];
  noteTaskTarget(news: TaskTargetNews): TaskTargetMemory;
  /** Targets that were left alone are tried again, and failures counted from 0. */
  resumeTask(task: string): void;
  /** All of a task that is no more: one that takes its name is a new one. */
  forgetTask(task: string): void;
  /** When its targets are others: of all but these. */
  keepTaskTargets(task: string, targets: readonly string[]): void;
  /** What it was begun for: it is due as one that never was. */
  forgetItem(item: string): void;
  /**
   * It counts from that time on, ISO 8601 UTC: what was due until then is not made up for. A later time that it was begun
   * for stays, and so does a run of it that has not ended.
   */
  startItem(item: string, dueAt: string): void;
  /** As `startItem`, where nothing is remembered of it. */
  startNewItem(item: string, dueAt: string): void;
  /** The newest run of an item that has ended, whoever asked for it; without the parts of others. Null: none. */
  lastRunOf(item: string): LastRun | null;
  /** The newest round of a task that has ended, also one that is a part of another run. Null: none. */
  lastRoundOf(task: string): LastRun | null;
}

export type LastRun = Pick<Run, 'id' | 'state' | 'outcome' | 'finishedAt'>;

export const automationJournal = (database: JournalDatabase): AutomationJournal => ({
  itemMemories: () =>
    database
      .rows(
        `SELECT items.item, items.due_at, items.attempt, runs.id run, runs.state, runs.outcome, runs.finished_at, runs.cancel_requested,
           CASE WHEN runs.outcome IN ('failed', 'interrupted', 'cancelled') THEN runs.report END report
         FROM items LEFT JOIN runs ON runs.id = items.run_id`,
      )
      .map(toMemory),
  beginDueRun: (due) => database.writeDurably(() => beginDueRun(database, due)),
  taskTargets: (task) =>
    (task === undefined
      ? database.rows('SELECT * FROM task_targets ORDER BY task, target')
      : database.rows('SELECT * FROM task_targets WHERE task = ? ORDER BY target', task)
    ).map(toTargetMemory),
  noteTaskTarget: (news) => database.write(() => noteTaskTarget(database, news)),
  resumeTask: (task) =>
    database.writeDurably(() => {
      database.run('UPDATE task_targets SET failures = 0, suspended_at = NULL WHERE task = ?', task);
    }),
  forgetTask: (task) =>
    database.write(() => {
      database.run('DELETE FROM task_targets WHERE task = ?', task);
      for (const item of taskKeys(task)) forgetItem(database, item);
    }),
  keepTaskTargets: (task, targets) =>
    database.write(() => {
      const kept = new Set(targets);
      for (const { target } of database.rows('SELECT target FROM task_targets WHERE task = ?', task)) {
        if (kept.has(String(target))) continue;
        database.run('DELETE FROM task_targets WHERE task = ? AND target = ?', task, String(target));
      }
    }),
  forgetItem: (item) => forgetItem(database, item),
  startItem: (item, dueAt) => database.writeDurably(() => startItem(database, item, dueAt)),
  startNewItem: (item, dueAt) =>
    database.writeDurably(() => {
      database.run(
        'INSERT OR IGNORE INTO items (item, due_at, attempt, run_id) VALUES (?, ?, 0, 0)',
        item,
        dueAt,
      );
    }),
  lastRunOf: (item) => lastRunOf(database, item),
  lastRoundOf: (task) => lastRoundOf(database, task),
});

function forgetItem(database: JournalDatabase, item: string): void {
  database.run('DELETE FROM items WHERE item = ?', item);
}

function startItem(database: JournalDatabase, item: string, dueAt: string): void {
  const row = database.row('SELECT due_at, run_id FROM items WHERE item = ?', item);
  const before = row === null ? '' : String(row['due_at']);
  // One that lies ahead was noted before somebody set the clock back.
  const keeps = before > dueAt && before <= isoTime(database.clock.now());
  const from = keeps ? before : dueAt;
  const isRunning =
    row !== null &&
    database.row("SELECT 1 FROM runs WHERE id = ? AND state <> 'finished'", row['run_id'] ?? 0) !== null;
  if (isRunning) database.run('UPDATE items SET due_at = ? WHERE item = ?', from, item);
  else
    database.run(
      'INSERT OR REPLACE INTO items (item, due_at, attempt, run_id) VALUES (?, ?, 0, 0)',
      item,
      from,
    );
}

function lastRunOf(database: JournalDatabase, item: string): LastRun | null {
  const row = database.row(
    `SELECT id, state, outcome, finished_at FROM runs
     WHERE item = ? AND parent IS NULL AND state = 'finished' ORDER BY id DESC LIMIT 1`,
    item,
  );
  return row === null ? null : { id: Number(row['id']), ...progressOf(row) };
}

function lastRoundOf(database: JournalDatabase, task: string): LastRun | null {
  const row = database.row(
    `SELECT id, state, outcome, finished_at FROM runs
     WHERE item = ? AND kind = 'task' AND state = 'finished' ORDER BY id DESC LIMIT 1`,
    taskKeys(task)[0],
  );
  return row === null ? null : { id: Number(row['id']), ...progressOf(row) };
}

function beginDueRun(
  database: JournalDatabase,
  { item, dueAt, attempt, after, request, holder }: DueRun,
): Run | null {
  const row = database.row('SELECT * FROM items WHERE item = ?', item);
  const same =
    row === null ? after === null : row['due_at'] === after?.dueAt && row['attempt'] === after?.attempt;
  if (!same) return null;
  const run = insertRun(database, {
    request,
    trigger: 'schedule',
    state: 'running',
    holder,
    origin: { item, dueAt, parent: null },
  });
  const { failures, endedRun } = row === null ? { failures: 0, endedRun: null } : standing(database, row);
  database.run(
    'INSERT OR REPLACE INTO items (item, due_at, attempt, run_id, failures, ended_run) VALUES (?, ?, ?, ?, ?, ?)',
    item,
    dueAt,
    attempt,
    run.id,
    failures,
    endedRun,
  );
  return run;
}

function noteTaskTarget(database: JournalDatabase, news: TaskTargetNews): TaskTargetMemory {
  const { task, target, status, suspendAfter, dueAt = null } = news;
  const now = isoTime(database.clock.now());
  const row = database.row('SELECT * FROM task_targets WHERE task = ? AND target = ?', task, target);
  const before = row === null ? null : toTargetMemory(row);
  // A disk that is away has not failed, and was not mended either.
  const failed = before?.failures ?? 0;
  // Trying again for the same due time is the same failure: else five bad rounds would count as ten.
  const isSame = dueAt !== null && failed > 0 && before !== null && before.triedAt >= dueAt;
  const failures = { ok: 0, failed: isSame ? failed : failed + 1, absent: failed }[status];
  const suspends = suspendAfter > 0 && failures >= suspendAfter && status === 'failed';
  const memory: TaskTargetMemory = {
    task,
    target,
    failures,
    fault: status === 'ok' ? null : news.fault,
    suspendedAt: status === 'ok' ? null : (before?.suspendedAt ?? (suspends ? now : null)),
    absentSince: status === 'absent' ? (before?.absentSince ?? now) : null,
    triedAt: now,
  };
  database.run(
    `INSERT OR REPLACE INTO task_targets (task, target, failures, fault, suspended_at, absent_since, tried_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    task,
    target,
    memory.failures,
    memory.fault === null ? null : JSON.stringify(memory.fault),
    memory.suspendedAt,
    memory.absentSince,
    memory.triedAt,
  );
  return memory;
}

const toMemory = (row: Row): ItemMemory => ({
  item: String(row['item']),
  dueAt: String(row['due_at']),
  attempt: Number(row['attempt']),
  run: row['run'] === null ? null : toLastRun(row),
});

function toLastRun(row: Row): NonNullable<ItemMemory['run']> {
  const faults = faultsOf(readReport(row['report'] ?? null));
  return {
    id: Number(row['run']),
    ...progressOf(row),
    cancelRequested: row['cancel_requested'] === 1,
    fault: faults[0] ?? null,
    retry: faults.some(({ retry }) => retry),
  };
}

const toTargetMemory = (row: Row): TaskTargetMemory => ({
  task: String(row['task']),
  target: String(row['target']),
  failures: Number(row['failures']),
  fault: row['fault'] === null ? null : (readFault(row['fault']) ?? UNREADABLE),
  suspendedAt: textOrNull(row['suspended_at']),
  absentSince: textOrNull(row['absent_since']),
  triedAt: String(row['tried_at']),
});

/** There was one, so it must not read as none. */
const UNREADABLE = fault(
  'refused',
  'What went wrong was written by another version of btrfleet and cannot be read by this one.',
  'Show it with the newer version.',
);
