/** Runs rounds of tasks on a real fleet, by hand and as the scheduler does, and looks at what is on the servers then. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { HostsOptions } from '../../../src/core/hosts/pool.ts';
import { taskKeys } from '../../../src/core/model/automation/automation.ts';
import type { Run, RunReport } from '../../../src/core/model/runs/run.ts';
import type { TaskReport } from '../../../src/core/model/runs/task.ts';
import { filesystemAt } from '../../../src/core/plan/catalog/catalog.ts';
import { pinOf } from '../../../src/core/run/deletion/deletion.ts';
import { executeRun } from '../../../src/core/run/execute.ts';
import type { Fleet } from '../../../src/core/run/ground/fleet.ts';
import { listSnapshots } from '../../../src/core/run/looks/list-snapshots.ts';
import type { Pin } from '../../../src/core/state/journal/pins.ts';
import { systemClock, wireFleet } from '../../../src/process/wiring.ts';
import { eventually, type TestFleet } from './fleet.ts';
import { stateOf } from './transfers.ts';

export interface Ran {
  readonly code: number | null;
  readonly report: TaskReport;
  /** `b ok`, `c failed unreachable`: status and fault of each target. */
  readonly targets: readonly string[];
}

/** `task run`: a round by hand, with a snapshot of its own where it makes one. */
export async function runRound(fleet: TestFleet, task: string): Promise<Ran> {
  const { code, value } = await fleet.json<TaskReport>(['task', 'run', task]);
  assert.ok(value.targets, JSON.stringify(value));
  return { code, report: value, targets: targetsOf(value) };
}

export const targetsOf = ({ targets }: TaskReport): string[] =>
  targets.map(({ target, status, fault }) => [target, status, ...(fault ? [fault.code] : [])].join(' '));

/** What was sent of all members: `base→snapshot`, each by its place in `names`; `∅` for none. */
export const sentIn = ({ replications }: TaskReport, names: readonly (string | null)[]): string[] =>
  replications.flatMap(({ results }) =>
    results
      .filter(({ status }) => status === 'ok')
      .map(({ server, base, snapshot }) => {
        const from = base === null ? '∅' : String(names.indexOf(base));
        return `${server} ${from}→${names.indexOf(snapshot)}`;
      }),
  );

/** Names in a directory of snapshots or replicas, oldest first. */
export async function namesIn(fleet: TestFleet, server: string, directory: string): Promise<string[]> {
  const { stdout } = await fleet.lab.exec(server, ['ls', '-A', directory]);
  return stdout.split('\n').filter((name) => name !== '');
}

/** `/srv/pool/data` has its snapshots there, and its replicas on every server with the same mount. */
export const poolDirectory = (subvolume: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}`;

/** The test's own side of the journal, in this process: rounds as the scheduler begins them. */
export class Desk {
  readonly fleet: Fleet;

  constructor(on: TestFleet, watch: Pick<HostsOptions, 'onCommand'> = {}) {
    const wired = wireFleet(stateOf(on), watch);
    assert.ok(wired.ok);
    this.fleet = wired.value.fleet;
    after(() => wired.value.close());
  }

  /** As when its time has come; `later`: so many seconds from now. */
  async scheduled(task: string, later = 0): Promise<{ readonly run: Run; readonly report: TaskReport }> {
    const clock = { now: () => systemClock.now() + later * 1000 };
    const begun = this.begin(task);
    const report = await executeRun({ ...this.fleet, clock }, begun);
    return { run: this.run(begun.id), report: roundIn(report) };
  }

  /** Starts a server again; a connection that failed just now is not tried anew at once. */
  async restart(on: TestFleet, server: string): Promise<void> {
    await on.lab.start(server);
    await eventually(async () => assert.ok((await this.fleet.hosts.connect(server)).ok));
  }

  begin(task: string): Run {
    const { journal, holder } = this.fleet;
    return journal.createRun({
      request: { kind: 'task', task, snapshot: false },
      trigger: 'schedule',
      state: 'running',
      holder,
      origin: { item: taskKeys(task)[0], dueAt: new Date().toISOString(), parent: null },
    });
  }

  /** A run that is at deleting these, name and server, until it is ended. */
  async deletion(subvolume: string, doomed: readonly (readonly [string, string])[]) {
    const { fleet } = this;
    const wanted: Pin[] = [];
    for (const [name, server] of doomed) {
      const listed = await listSnapshots(fleet, subvolume, server);
      assert.ok(listed.ok);
      const { snapshots, replaced, inventory } = listed.value;
      const all = [...snapshots, ...replaced];
      const snapshot = all.find((one) => one.name === name) ?? assert.fail(`${name} is not listed`);
      wanted.push(pinOf(snapshot, filesystemAt(inventory, snapshot.path)?.uuid ?? null));
    }
    const request = { kind: 'delete', subvolume, server: null, snapshots: [] } as const;
    const { journal, holder } = fleet;
    const { id } = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
    const said = journal.doom(id, { wanted, restsOn: [], since: journal.moves() });
    assert.deepEqual(said, { ok: true, value: { kind: 'doomed', pinned: new Map() } });
    const end = () => journal.finishRun(id, 'ok', { kind: 'delete', subvolume, server: 'a', results: [] });
    return { id, end };
  }

  run(id: number): Run {
    const found = this.fleet.journal.getRun(id);
    assert.ok(found.ok);
    return found.value;
  }

  /** The newest run of that kind, by hand or by schedule. */
  newest(kind: Run['kind']): Run {
    const [run] = this.fleet.journal.listRuns({ kind, limit: 1 });
    return run ?? assert.fail(`no run of the kind ${kind}`);
  }

  /** `snapshot ok`, `replication failed`: the parts of a run, in the order they were begun. */
  parts(id: number): string[] {
    const parts = this.fleet.journal.listRuns({ parent: id, limit: 99 }).toReversed();
    return parts.map(({ kind, outcome }) => `${kind} ${outcome}`);
  }
}

export function roundIn(report: RunReport): TaskReport {
  assert.ok(report.kind === 'task', JSON.stringify(report));
  return report;
}
