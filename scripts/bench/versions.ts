// Measures how long it takes to tell all versions of a file over 500 snapshots.
import { versionsOf } from '../../src/core/run/files/versions.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, secondsOf, value } from './bench-fleet.ts';

const SNAPSHOTS = 500;
/** In so many of them it is another one than in the one before. */
const VERSIONS = 100;
const DATA = '/srv/pool/data';
const HOME = '/srv/pool/.snapshots/data';

/** As `btrfs` makes them, with names a minute apart; every fifth has another file. */
const MAKE = `mkdir -p ${HOME} && cd ${DATA} && mkdir docs && at=0
while [ $at -lt ${SNAPSHOTS} ]; do
  [ $((at % ${SNAPSHOTS / VERSIONS})) != 0 ] || echo $at >docs/letter
  name=$(date -u -d "2026-11-20 00:00:00 UTC + $at minutes" +%Y-%m-%dT%H:%M:%S.000Z)
  btrfs subvolume snapshot -r . ${HOME}/$name >/dev/null
  at=$((at + 1))
done`;

export const versionsBench: Bench = {
  name: 'versions',
  async run(report) {
    await using bench = await BenchFleet.up('versions', '1G');
    await bench.lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    await bench.lab.must('a', ['bash', '-ec', MAKE]);
    report(`${SNAPSHOTS} snapshots are made`);
    const measured = async (path: string, versions: number): Promise<number> => {
      let found = 0;
      const seconds = await secondsOf(async () => {
        const wish = { path: `${DATA}/${path}` };
        found = value(await versionsOf(bench.fleet, wish, new AbortController().signal)).versions.length;
      });
      if (found !== versions) throw new Error(`${found} versions of ${path} instead of ${versions}`);
      return seconds;
    };
    // The first one proves who each snapshot is, which later ones remember.
    const first = await measured('docs/letter', VERSIONS);
    const again = await measured('docs/letter', VERSIONS);
    const gone = await measured('docs/none', 0);
    const about = `over ${SNAPSHOTS} snapshots, connections open`;
    return [
      { title: `versions of a file ${about}, never looked at before`, value: first, unit: 's' },
      { title: `versions of a file ${about}`, value: again, unit: 's', goal: { atMost: 2 } },
      { title: `versions of what was never there ${about}`, value: gone, unit: 's', goal: { atMost: 2 } },
    ];
  },
};
