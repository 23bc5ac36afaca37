/**
 * Writes into the journal what a scheduler would have written in the weeks before: the runs that made the snapshots and
 * sent them, one night that went wrong, and how the filesystems grew.
 */
import { policyKey } from '../../core/model/automation/automation.ts';
import { type Clock, isoTime } from '../../core/model/clock.ts';
import { fault } from '../../core/model/fault.ts';
import { USUAL_TRANSFER } from '../../core/model/runs/replication.ts';
import type { RunReport, RunRequest } from '../../core/model/runs/run.ts';
import { snapshotByHand } from '../../core/model/runs/snapshot.ts';
import type { RunOutcome } from '../../core/model/runs/spec.ts';
import type { TargetResult } from '../../core/model/runs/target-result.ts';
import type { Holder } from '../../core/state/home/holder.ts';
import type { Home } from '../../core/state/home/home.ts';
import { type Journal, openJournal } from '../../core/state/journal/journal.ts';
import { type PlayServer, POOL } from '../ssh/server.ts';
import { DAY, HOUR, type PastSnapshot } from './past.ts';

/** As far back as single runs are told; older ones have been forgotten, as a journal does. */
const RUNS_BACK = 12 * HOUR;

/** Who holds the runs of the past: nobody that lives. */
const NOBODY: Holder = { pid: 0, startTime: null, host: 'play', bootId: null };

interface Then {
  readonly journal: Journal;
  readonly set: (now: number) => void;
}

export function writeHistory(
  home: Home,
  past: readonly PastSnapshot[],
  servers: ReadonlyMap<string, PlayServer>,
  now: number,
): void {
  let time = now;
  const clock: Clock = { now: () => time };
  const opened = openJournal({ home, clock });
  if (!opened.ok) throw new Error(opened.fault.message);
  const then: Then = {
    journal: opened.value,
    set: (at) => {
      time = at;
    },
  };
  try {
    const recent = past.filter(({ at }) => at > now - RUNS_BACK);
    for (const snapshot of recent) {
      made(then, snapshot);
      if (snapshot.on.length > 0) sent(then, snapshot);
    }
    wentWrong(then, now - 2 * HOUR);
    grew(then, servers, now);
  } finally {
    opened.value.close();
  }
}

function write(
  { journal, set }: Then,
  request: RunRequest,
  item: string | null,
  { from, seconds }: { readonly from: number; readonly seconds: number },
  [outcome, report]: readonly [RunOutcome, RunReport],
): void {
  set(from);
  const run = journal.createRun({
    request,
    trigger: item === null ? 'hand' : 'schedule',
    state: 'running',
    origin: { item, dueAt: item === null ? null : isoTime(from), parent: null },
    holder: NOBODY,
  });
  set(from + seconds * 1000);
  journal.finishRun(run.id, outcome, report);
}

function made(then: Then, { subvolume, name, at, uuid }: PastSnapshot): void {
  const request = { ...snapshotByHand([subvolume]), dueAt: isoTime(at) };
  const path = `${POOL}/.snapshots/${subvolume.slice(POOL.length + 1)}/${name}`;
  write(then, request, policyKey('snapshot', subvolume), { from: at, seconds: 0.3 }, [
    'ok',
    {
      kind: 'snapshot',
      snapshots: [{ subvolume, name, path, uuid, createdAt: name }],
      spreadSeconds: 0,
      failed: [],
      already: [],
      hooks: [],
      tasks: [],
    },
  ]);
}

function sent(then: Then, { subvolume, name, at, on }: PastSnapshot): void {
  const results = on.map((server, index) => resultOf(server, name, 4_000_000 + index * 91_000));
  write(then, replicationOf(subvolume, on), null, { from: at + 20_000, seconds: 7 }, [
    'ok',
    { kind: 'replication', subvolume, results },
  ]);
}

/** d was off for a night. */
function wentWrong(then: Then, at: number): void {
  const subvolume = `${POOL}/db`;
  const why = fault('unreachable', 'd did not answer within 10 s.', 'Look whether it is switched on.', {
    server: 'd',
  });
  const result: TargetResult = {
    ...resultOf('d', isoTime(at), 0),
    status: 'failed',
    snapshot: null,
    verified: false,
    fault: why,
  };
  write(then, replicationOf(subvolume, ['d']), null, { from: at, seconds: 10 }, [
    'failed',
    { kind: 'replication', subvolume, results: [result] },
  ]);
}

const replicationOf = (subvolume: string, on: readonly string[]): RunRequest => ({
  kind: 'replication',
  subvolume,
  targets: on.map((server) => ({ server, mount: null })),
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: USUAL_TRANSFER,
  into: null,
  absent: 'wait',
});

const resultOf = (server: string, snapshot: string, sentBytes: number): TargetResult => ({
  server,
  mount: POOL,
  status: 'ok',
  mode: 'incremental',
  snapshot,
  base: null,
  path: 'relay',
  sentBytes,
  estimatedBytes: sentBytes,
  elapsedSeconds: 6.2,
  verified: true,
  proof: 'identity',
  fault: null,
});

/** A sample for every twelve hours of three weeks, up to what is there now. */
function grew({ journal }: Then, servers: ReadonlyMap<string, PlayServer>, now: number): void {
  for (const [server, { pool }] of servers) {
    const { data, metadata } = pool.usage();
    const used = data.used + 2 * metadata.used;
    for (let step = 42; step > 0; step--) {
      const usedBytes = Math.round(used * (1 - 0.011 * step));
      journal.addStorageSample({
        server,
        filesystem: pool.uuid,
        takenAt: isoTime(now - (step * DAY) / 2),
        sizeBytes: pool.size,
        usedBytes,
        freeBytes: pool.size - usedBytes,
      });
    }
  }
}
