// Measures what a clean-up takes for each snapshot, beside the same deletions one at a time, as clean-ups used to do them.
import type { RetentionRules } from '../../src/core/model/retention.ts';
import { deleteUnpinned } from '../../src/core/run/deletion/deletion.ts';
import { lookAndPlan } from '../../src/core/run/deletion/plan-cleanup.ts';
import type { DriverContext } from '../../src/core/run/ground/driver.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, secondsOf, value } from './bench-fleet.ts';

const COUNT = 200;
const RULES: RetentionRules = {
  ...{ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0 },
  ...{ last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
};
const never = new AbortController().signal;

export const cleanup: Bench = {
  name: 'cleanup',
  async run(report) {
    await using bench = await BenchFleet.up('cleanup', '1G');
    const one = await each(bench, '/srv/pool/one', (path) => oneByOne(bench, path));
    report(`one at a time: ${(one * 1000).toFixed(1)} ms each`);
    const together = await each(bench, '/srv/pool/together', (path) => cleanUp(bench, path));
    report(`together: ${(together * 1000).toFixed(1)} ms each`);
    return [
      {
        title: `clean-up of ${COUNT} snapshots, against one at a time`,
        value: together / one,
        unit: '×',
        goal: { atMost: 0.5 },
        note: `${(together * 1000).toFixed(1)} ms each against ${(one * 1000).toFixed(1)}; looked at before and after`,
      },
    ];
  },
};

/** Seconds for each of the snapshots that it deletes. */
async function each(bench: BenchFleet, path: string, work: (path: string) => Promise<void>): Promise<number> {
  const directory = `/srv/pool/.snapshots/${path.slice('/srv/pool/'.length)}`;
  await bench.lab.must('a', ['btrfs', 'subvolume', 'create', path]);
  const names = Array.from({ length: COUNT + 1 }, (_, day) =>
    new Date(Date.UTC(2025, 0, 1 + day)).toISOString(),
  );
  const script = `mkdir -p "${directory}"; for name; do btrfs subvolume snapshot -r "$0" "${directory}/$name"; done`;
  await bench.lab.must('a', ['sh', '-c', script, path, ...names]);
  return (await secondsOf(() => work(path))) / COUNT;
}

async function cleanUp(bench: BenchFleet, subvolume: string): Promise<void> {
  const report = await bench.execute({
    ...{ kind: 'cleanup', subvolume, server: null, mount: null, into: null },
    ...{ rules: RULES, only: null, spare: [] },
  });
  if (report.kind !== 'cleanup' || report.deleted.length !== COUNT)
    throw new Error(`not cleaned up: ${JSON.stringify(report).slice(0, 500)}`);
}

async function oneByOne({ fleet }: BenchFleet, subvolume: string): Promise<void> {
  const planNow = async () =>
    value(await lookAndPlan(fleet, { subvolume, server: null, rules: RULES }, never));
  let planned = await planNow();
  const request = { kind: 'delete', subvolume, server: null, snapshots: [] } as const;
  const { journal, holder } = fleet;
  const { id: runId } = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const context: DriverContext = {
    ...{ fleet, runId, trigger: 'hand', patient: false, signal: never, emit: () => {} },
    patiently: async (write) => write(),
    part: () => Promise.reject(new Error('it has no parts')),
  };
  for (const { verdict, snapshot } of planned.plan.answers) {
    if (verdict === 'kept') continue;
    // As a clean-up does: a plan is good for a minute, which a slow machine needs.
    if (planned.isOld()) planned = await planNow();
    const chosen = [{ name: snapshot.name, snapshot, filesystem: null }];
    const ended = value(await deleteUnpinned(planned, chosen, context, true));
    const end = ended === 'moved' ? undefined : ended[0];
    if (!end || 'pinnedBy' in end || end.fault) throw new Error(`not deleted: ${JSON.stringify(ended)}`);
  }
  journal.finishRun(runId, 'ok', { kind: 'delete', subvolume, server: 'a', results: [] });
}
