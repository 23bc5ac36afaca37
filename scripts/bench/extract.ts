// Measures how long it takes to bring back a file of 1 GB from a snapshot on the primary, and 1,000 files, with a plan first.
import { planExtractNow } from '../../src/core/run/extract/plan-now.ts';
import type { Bench, BenchRow } from './bench.ts';
import { BenchFleet, secondsOf, value } from './bench-fleet.ts';

const BYTES = 1_000_000_000;
const FILES = 1000;
const DATA = '/srv/pool/data';

export const extractBench: Bench = {
  name: 'extract',
  async run(report) {
    await using bench = await BenchFleet.up('extract', '3G');
    await bench.lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    await bench.lab.must(
      'a',
      `cd ${DATA} && openssl rand ${BYTES} >large && mkdir many && cd many && seq ${FILES} | split -l1 -a4 - f && sync`,
    );
    const name = await bench.snapshot(DATA);
    report(`${BYTES} bytes and ${FILES} files are made`);
    const figures: BenchRow[] = [];
    for (const [path, title, atMost] of [
      ['large', `a file of ${BYTES} bytes by reflink`, 1],
      ['many', `${FILES} files by reflink`, 2],
    ] as const) {
      await bench.lab.must('a', `rm -r ${DATA}/${path} && sync`);
      const seconds = await secondsOf(() => bringBack(bench, name, path));
      await bench.lab.must('a', [
        'diff',
        '-rq',
        `/srv/pool/.snapshots/data/${name}/${path}`,
        `${DATA}/${path}`,
      ]);
      const note =
        'planned, staged, compared with the plan, kept what was there, renamed, written to the disk';
      figures.push({
        title: `${title}, connections open`,
        value: seconds,
        unit: 's',
        goal: { atMost },
        note,
      });
    }
    return figures;
  },
};

async function bringBack(bench: BenchFleet, snapshot: string, path: string): Promise<void> {
  const wish = {
    ...{ subvolume: DATA, snapshot, from: null, paths: [path], to: null, isHere: false },
    ...({ overwrite: 'always', removes: false, include: [], exclude: [] } as const),
  };
  const { request } = value(await planExtractNow(bench.fleet, wish, new AbortController().signal));
  const report = await bench.execute({ kind: 'extract', ...request });
  const isRestored = report.kind === 'extract' && report.outcome === 'restored';
  if (!isRestored) throw new Error(`not restored: ${JSON.stringify(report)}`);
}
