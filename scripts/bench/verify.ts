// Measures how long it takes to compare a replica of 1 GB in 2,000 files with its source, after a change of a few files.
import { BY_HAND, USUAL_TRANSFER } from '../../src/core/model/runs/replication.ts';
import type { ProofLevel } from '../../src/core/model/runs/target-result.ts';
import { planVerification } from '../../src/core/run/verify/plan.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, secondsOf, value } from './bench-fleet.ts';

const DATA = '/srv/pool/data';

export const verifyBench: Bench = {
  name: 'verify',
  async run(report) {
    await using bench = await BenchFleet.up('verify', '3G');
    await bench.lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    await bench.lab.must('a', `openssl rand 1000000000 | split -b 500000 -a4 - ${DATA}/f`);
    await bench.snapshot(DATA);
    await replicate(bench);
    report('1 GB is replicated');
    const whole = await secondsOf(() => verify(bench, 'content', null));
    await bench.lab.must('a', `for i in 1 2 3 4 5; do echo $i >${DATA}/new$i; done`);
    await bench.snapshot(DATA);
    await replicate(bench);
    const metadata = await secondsOf(() => verify(bench, 'metadata', null));
    const share = await secondsOf(() => verify(bench, 'content', 30));
    return [
      { title: 'verify of 2,000 files by metadata, connections open', value: metadata, unit: 's' },
      { title: 'verify of 1 GB by content', value: whole, unit: 's' },
      { title: 'verify of an increment of five files in 1 GB, and a thirtieth', value: share, unit: 's' },
    ];
  },
};

async function replicate(bench: BenchFleet): Promise<void> {
  const report = await bench.execute({
    kind: 'replication',
    subvolume: DATA,
    targets: [{ server: 'b', mount: null }],
    wanted: { mode: 'auto', snapshot: null, all: false },
    options: USUAL_TRANSFER,
    ...BY_HAND,
  });
  if (report.kind !== 'replication' || report.results[0]?.status !== 'ok')
    throw new Error(`not replicated: ${JSON.stringify(report)}`);
}

/** Throws unless it is the same. */
async function verify(bench: BenchFleet, level: ProofLevel, share: number | null): Promise<void> {
  const wish = { subvolume: DATA, to: null, snapshot: null, level, share, budgetSeconds: null };
  const request = value(await planVerification(bench.fleet, wish, new AbortController().signal));
  const report = await bench.execute(request);
  if (report.kind !== 'verify' || report.results.some(({ status }) => status !== 'same'))
    throw new Error(`not the same: ${JSON.stringify(report)}`);
}
