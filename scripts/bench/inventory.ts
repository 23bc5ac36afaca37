// Measures one look at a server that has thousands of snapshots: how many commands it takes, and how long.
import type { Host } from '../../src/core/hosts/port/host.ts';
import { asUser } from '../../src/core/model/command.ts';
import { takeInventory } from '../../src/core/run/ground/fleet.ts';
import type { Bench } from './bench.ts';
import { BenchFleet, median, secondsOf, value } from './bench-fleet.ts';

const SNAPSHOTS = 2000;
const ROUNDS = 7;
const MOUNT = '/srv/pool';

export const inventory: Bench = {
  name: 'inventory',
  async run(report) {
    await using bench = await BenchFleet.up('inventory', '1G');
    await fill(bench);
    report(`${SNAPSHOTS} snapshots made`);
    const { host, taken } = counted(value(await bench.fleet.hosts.connect('a')));
    const look = async (): Promise<void> => {
      const seen = value(await takeInventory(bench.fleet, host));
      const listing = seen.filesystems[0]?.listing;
      const found = listing?.ok ? listing.value.length : 0;
      if (found <= SNAPSHOTS) throw new Error(`${found} subvolumes were seen`);
    };
    // The first look finds cold caches on the server and code that was never run here.
    await look();
    const before = taken();
    const looks: number[] = [];
    const trips: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      trips.push(
        await secondsOf(() => bench.fleet.hosts.connect('a').then((warm) => value(warm).run(asUser('true')))),
      );
      looks.push(await secondsOf(look));
    }
    const tripMilliseconds = median(trips) * 1000;
    return [
      {
        title: `inventory of a server with ${SNAPSHOTS} snapshots, beyond the round trip`,
        value: median(looks) * 1000 - tripMilliseconds,
        unit: 'ms',
        goal: { atMost: 150 },
        note: `a round trip (running "true") took ${tripMilliseconds.toFixed(0)} ms; median of ${ROUNDS}`,
      },
      {
        title: 'inventory: commands it takes',
        value: (taken() - before) / ROUNDS,
        unit: 'exec',
        goal: { atMost: 1 },
      },
    ];
  },
};

/** A host that counts what is run on it. */
function counted(host: Host): { readonly host: Host; taken(): number } {
  let commands = 0;
  const run: Host['run'] = (command, options) => {
    commands += 1;
    return host.run(command, options);
  };
  return { host: { ...host, run }, taken: () => commands };
}

/** Snapshots as a few months of automation leave them, made by hand: the program would take its time to list them. */
async function fill({ lab }: BenchFleet): Promise<void> {
  const directory = `${MOUNT}/.snapshots/data`;
  await lab.must('a', `btrfs subvolume create ${MOUNT}/data && mkdir -p ${directory}`);
  const names = Array.from({ length: SNAPSHOTS }, (_, hour) =>
    new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
  );
  const script = `while read -r name; do btrfs subvolume snapshot -r ${MOUNT}/data ${directory}/$name || exit; done >/dev/null`;
  await lab.must('a', script, { input: `${names.join('\n')}\n` });
}
