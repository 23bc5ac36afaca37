/** Looks into a manager's journal from outside, as another process does, and follows transfers while they run. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Job } from '../../../src/core/model/runs/job.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import { type Ended, eventually, type ReplicationDocument, type Running, type TestFleet } from './fleet.ts';

export interface RunRow {
  readonly id: number;
  readonly state: string;
  readonly outcome: string | null;
  readonly job: Job | null;
}

/** The runs in the journal of a state directory, oldest first. */
export function journalRuns(directory: string): RunRow[] {
  const file = join(directory, 'journal.db');
  if (!existsSync(file)) return [];
  const journal = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const rows = journal.prepare('SELECT id, state, outcome, job FROM runs ORDER BY id').all();
    return rows.map(({ id, state, outcome, job }) => ({
      id: Number(id),
      state: String(state),
      outcome: outcome === null ? null : String(outcome),
      job: typeof job === 'string' ? (JSON.parse(job) as Job) : null,
    }));
  } finally {
    journal.close();
  }
}

/** Bytes that the targets of the newest run have taken so far, by target; only of those that are being sent to. */
export function sentBytes(directory: string): Map<string, number> {
  const targets = journalRuns(directory).at(-1)?.job?.targets ?? [];
  return new Map(
    targets.flatMap(({ target, progress }) =>
      progress.phase === 'sending' ? [[target, progress.sentBytes] as const] : [],
    ),
  );
}

/** The number of the newest run; 0: there is none. */
export const newestRun = (directory: string): number => journalRuns(directory).at(-1)?.id ?? 0;

/** Ids of what a run has pinned, on whatever filesystem. */
export function pinnedBy(directory: string, run: number): string[] {
  const journal = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true, timeout: 5000 });
  try {
    const rows = journal
      .prepare("SELECT DISTINCT origin FROM pins WHERE kind = 'pin' AND ended IS NULL AND run = ?")
      .all(run);
    return rows.map(({ origin }) => String(origin));
  } finally {
    journal.close();
  }
}

/** Waits until a run newer than `after` has sent something to each of the targets; its process must still run. */
export const underWay = (
  directory: string,
  targets: readonly string[],
  { after = 0, running }: { readonly after?: number; readonly running?: Running } = {},
): Promise<void> =>
  eventually(() => {
    const ended = running !== undefined && (running.child.exitCode ?? running.child.signalCode) !== null;
    assert.ok(!ended, `it ended early: ${running?.stderr()}`);
    assert.ok(newestRun(directory) > after, 'it has not begun');
    const sent = sentBytes(directory);
    for (const target of targets)
      assert.ok((sent.get(target) ?? 0) > 1_000_000, `nothing goes to ${target} yet`);
  });

/** The words that send the newest snapshot of `data`, for the manager whose state directory it is. */
export const replicate = (state: string, data: string, to: string): string[] => [
  '--home',
  state,
  'replicate',
  'auto',
  data,
  '--to',
  to,
  '--json',
];

/** A replication that takes some seconds, begun and followed until every target has got something. */
export async function begin(
  on: TestFleet,
  data: string,
  targets: readonly string[],
  options: { readonly rate?: string; readonly state?: string; readonly more?: readonly string[] } = {},
): Promise<Running> {
  const state = options.state ?? stateOf(on);
  const after = newestRun(state);
  const words = [...replicate(state, data, targets.join(',')), ...(options.more ?? [])];
  const running = on.start([...words, '--rate', options.rate ?? '20M']);
  await underWay(state, targets, { after, running });
  return running;
}

export const resultsOf = ({ stdout }: Ended): readonly TargetResult[] =>
  (JSON.parse(stdout) as ReplicationDocument).results;

/** Server, status and code of the fault. */
export const told = (results: readonly TargetResult[]) =>
  results.map(({ server, status, fault }) => [server, status, fault?.code ?? null]);

/** The next replication repairs what the broken one left, and the replica is the same as the original. */
export async function repairs(
  on: TestFleet,
  data: string,
  name: string,
  targets: readonly string[],
): Promise<void> {
  const { results } = await on.ok<ReplicationDocument>([
    'replicate',
    'auto',
    data,
    '--to',
    targets.join(','),
  ]);
  for (const { server, status } of results) assert.match(status, /^(ok|already-there)$/, server);
  const path = `/srv/pool/.snapshots${data.slice('/srv/pool'.length)}/${name}`;
  const original = await on.fingerprint('a', path);
  await on.assertClean('a');
  for (const server of targets) {
    assert.equal(await on.fingerprint(server, path), original, server);
    await on.assertClean(server);
  }
}

/** The state directory that `fleet` uses when no other is named. */
export const stateOf = (fleet: TestFleet): string => join(fleet.home, 'state');
