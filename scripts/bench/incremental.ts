// Measures how long an incremental replication of a few bytes takes over connections that are open.
import { BY_HAND } from '../../src/core/model/runs/replication.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, median, secondsOf } from './bench-fleet.ts';

const ROUNDS = 5;
const DATA = '/srv/pool/data';

export const incremental: Bench = {
  name: 'incremental',
  async run(report) {
    await using bench = await BenchFleet.up('incremental', '1G');
    await bench.lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    await bench.lab.must('a', `openssl rand 20000000 > ${DATA}/large`);
    await bench.snapshot(DATA);
    await replicate(bench);
    const seconds: number[] = [];
    let sentBytes = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      await bench.lab.must('a', `echo ${round} > ${DATA}/note`);
      await bench.snapshot(DATA);
      seconds.push(
        await secondsOf(async () => {
          sentBytes = await replicate(bench);
        }),
      );
      report(`round ${round} of ${ROUNDS}: ${seconds.at(-1)?.toFixed(2)} s`);
    }
    return [
      {
        title: `incremental replication of ${sentBytes} bytes, connections open`,
        value: median(seconds),
        unit: 's',
        goal: { atMost: 0.5 },
        note: `looked at, locked, planned, counted, sent, verified, unlocked; median of ${ROUNDS}`,
      },
    ];
  },
};

/** Gives the bytes that were sent; throws unless they were verified, and incremental if there was a base. */
async function replicate(bench: BenchFleet): Promise<number> {
  const report = await bench.execute({
    kind: 'replication',
    subvolume: DATA,
    targets: [{ server: 'b', mount: null }],
    wanted: { mode: 'auto', snapshot: null, all: false },
    options: { path: 'relay', rateBytesPerSecond: null, compress: false, resumable: false },
    ...BY_HAND,
  });
  const result = report.kind === 'replication' ? report.results[0] : undefined;
  if (result?.status !== 'ok') throw new Error(`not replicated: ${JSON.stringify(report)}`);
  return result.sentBytes;
}
