// Measures how long it takes to say what 100,000 changes between two snapshots are.
import { diff } from '../../src/core/run/diff/diff.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, secondsOf, value } from './bench-fleet.ts';

const CHANGES = 100_000;
const DATA = '/srv/pool/data';

export const diffBench: Bench = {
  name: 'diff',
  async run(report) {
    await using bench = await BenchFleet.up('diff', '3G');
    await bench.lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    const old = await bench.snapshot(DATA);
    await bench.lab.must('a', `cd ${DATA} && seq ${CHANGES} | split -l1 -a5 - f`);
    const recent = await bench.snapshot(DATA);
    report(`${CHANGES} files are made`);
    let found = 0;
    const seconds = await secondsOf(async () => {
      const wish = { subvolume: DATA, old, new: recent, path: null, server: null };
      found = value(await diff(bench.fleet, wish, new AbortController().signal)).changes.length;
    });
    if (found !== CHANGES) throw new Error(`${found} changes instead of ${CHANGES}`);
    return [
      {
        title: `diff of ${CHANGES} changes, connections open`,
        value: seconds,
        unit: 's',
        goal: { atMost: 10 },
      },
    ];
  },
};
