/** Runs of months in a real journal, for tests of the history. It decides nothing. */
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { BY_HAND } from '../../../src/core/model/runs/replication.ts';
import type { RunReport, RunRequest } from '../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import { type Journal, openJournal } from '../../../src/core/state/journal/journal.ts';
import { readState } from '../../../src/store/refresh.ts';
import { NOTHING_MADE } from '../../unit/state/fixtures/reports.ts';
import { must } from '../../unit/state/fixtures/state-home.ts';
import type { World } from './fleet-world.ts';
import { at, originOf } from './inventories.ts';
import type { Screen } from './open-screen.tsx';
import { claim, finish, progress, result, sending } from './runs.ts';

export const SNAPSHOT: RunRequest = snapshotByHand(['/srv/data']);

export const replication = (
  targets: readonly string[],
  wanted: Extract<RunRequest, { kind: 'replication' }>['wanted'] = { mode: 'full', snapshot: at(42) },
): RunRequest => ({
  kind: 'replication',
  subvolume: '/srv/data',
  targets: targets.map((server) => ({ server, mount: null })),
  wanted,
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  ...BY_HAND,
});

export const refused = fault(
  'unreachable',
  'gamma cannot be reached: connection refused.',
  'Is it up, and does sshd listen there?',
  { server: 'gamma' },
);

type Queue = Pick<World, 'fleet'>;

export const queue = ({ fleet }: Queue, request: RunRequest, trigger: 'hand' | 'schedule' = 'hand'): number =>
  fleet.journal.createRun({ request, trigger, state: 'queued', holder: fleet.holder }).id;

/** Done at once. */
export function ran(
  world: Queue,
  request: RunRequest,
  report: RunReport,
  outcome: 'ok' | 'failed' = 'ok',
): number {
  queue(world, request, 'schedule');
  const run = world.fleet.journal.claimRun(world.fleet.holder);
  if (run === null) throw new Error('nothing is queued');
  world.fleet.journal.finishRun(run.id, outcome, report);
  return run.id;
}

export const made = (hour: number): RunReport => ({
  ...NOTHING_MADE,
  snapshots: [
    {
      subvolume: '/srv/data',
      name: at(hour),
      path: `/srv/.snapshots/data/${at(hour)}`,
      uuid: originOf('data', at(hour)),
      createdAt: at(hour),
    },
  ],
});

const incremental = (server: string, hour: number, more: Partial<TargetResult> = {}): TargetResult =>
  result(server, { mode: 'incremental', snapshot: at(hour), base: at(hour - 6), mount: '/backup', ...more });

/**
 * Two hours of a fleet: 1 snapshot, 2 full to beta and gamma, 3 deletion, 4 snapshot by hand that failed, 5 incremental
 * to beta while gamma was down, 6 interrupted, 7 being sent to beta, 8 waiting.
 */
export function someHistory(world: World): void {
  ran(world, SNAPSHOT, made(36));
  world.clock.pass(600);
  queue(world, replication(['beta', 'gamma']));
  const full = claim(world);
  world.clock.pass(185);
  finish(world, full, 'ok', [result('beta', { mount: '/backup' }), result('gamma', { mount: '/backup' })]);
  world.clock.pass(600);
  const deletion = { name: at(0), uuid: originOf('data', at(0)) };
  ran(
    world,
    { kind: 'delete', subvolume: '/srv/data', server: 'beta', snapshots: [deletion] },
    {
      kind: 'delete',
      subvolume: '/srv/data',
      server: 'beta',
      results: [{ name: at(0), path: `/backup/.snapshots/data/${at(0)}`, status: 'deleted', fault: null }],
    },
  );
  world.clock.pass(600);
  ran(
    world,
    SNAPSHOT,
    { kind: 'fault', fault: fault('no-space', 'alpha is full.', 'Delete something.') },
    'failed',
  );
  world.clock.pass(600);
  queue(world, replication(['beta', 'gamma'], { mode: 'auto', snapshot: null, all: false }), 'schedule');
  const half = claim(world);
  world.clock.pass(20);
  finish(world, half, 'failed', [
    incremental('beta', 48, { sentBytes: 3 * 1024 ** 2, elapsedSeconds: 1.5 }),
    incremental('gamma', 48, {
      status: 'failed',
      sentBytes: 0,
      elapsedSeconds: 0.1,
      verified: false,
      fault: refused,
    }),
  ]);
  world.clock.pass(600);
  queue(world, replication(['beta']), 'schedule');
  const dead = claim(world);
  progress(world, dead, { beta: sending(world, 5 * 1024 ** 2, 120 * 1024 ** 2) });
  world.clock.pass(60);
  world.fleet.journal.interruptDeadRuns(() => false);
  world.clock.pass(600);
  queue(world, replication(['beta']));
  progress(world, claim(world), { beta: sending(world, 40 * 1024 ** 2, 120 * 1024 ** 2) });
  queue(world, replication(['gamma']), 'schedule');
  world.clock.pass(60);
}

/** What the screen knows of the journal by now. */
export async function look(screen: Screen): Promise<void> {
  readState(screen.app);
  await screen.set({ now: screen.world.clock.now() });
}

/** The journal as another process has it open. */
export function otherProcess(test: TestContext, { home, clock, fleet }: World): Queue {
  const journal: Journal = must(openJournal({ home, clock }));
  test.after(() => journal.close());
  return { fleet: { ...fleet, journal } };
}

/** So many copies of the last run, each a minute after the one before. */
export function copyLast({ home }: Pick<World, 'home'>, count: number): void {
  const database = new DatabaseSync(home.journal);
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO runs (kind, asked_by, request, state, outcome, created_at, started_at, finished_at, report)
    SELECT kind, asked_by, request, state, outcome,
      strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || (${count} - i) || ' minutes'),
      strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '-' || (${count} - i) || ' minutes'),
      strftime('%Y-%m-%dT%H:%M:%fZ', finished_at, '-' || (${count} - i) || ' minutes'), report
    FROM n, (SELECT * FROM runs ORDER BY id DESC LIMIT 1) ORDER BY i`);
  // All of it into the file itself, for those who damage it.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** The run is of a kind that a later version knows. */
export function ofAnotherVersion({ home }: World, id: number): void {
  const database = new DatabaseSync(home.journal);
  database.prepare("UPDATE runs SET kind = 'unheard-of' WHERE id = ?").run(id);
  database.close();
}
