// What people and other programs do to the servers past btrfleet: delete, change, use.
import type { Chance } from '../chance.ts';
import { injure } from '../injure.ts';
import type { Injury, Kind } from '../kind.ts';
import { type Listed, listing } from '../listing.ts';
import { PRIMARY } from '../sequence.ts';
import { homeOf, POOL, SERVED, SUBVOLUMES, snapshotsOf } from '../stage.ts';
import type { World } from '../world.ts';
import { deleteByHand, untilTakenAway } from './planted.ts';

const SNAPSHOT_NAME = /\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Snapshots of ours in some directories of a server, none of them held, oldest first. */
async function ours(world: World, server: string, directories: readonly string[]): Promise<Listed[]> {
  const all = await listing(world, { server, mount: POOL });
  const held = new Set([...world.books.treasures].map(({ uuid }) => uuid));
  return all
    .filter(
      ({ path, uuid, receivedUuid, readOnly }) =>
        readOnly &&
        SNAPSHOT_NAME.test(path) &&
        directories.some((directory) => path.startsWith(`${directory}/2`)) &&
        !held.has(uuid) &&
        !held.has(receivedUuid ?? ''),
    )
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

const replicas = (world: World, server: string): Promise<Listed[]> =>
  ours(
    world,
    server,
    SERVED.filter(({ place }) => place.server === server && place.mount === POOL).map(
      ({ directory }) => directory,
    ),
  );

const snapshots = (world: World): Promise<Listed[]> => ours(world, PRIMARY, SUBVOLUMES.map(snapshotsOf));

/** One of them; the newest more often than others, as most depends on it. Throws where there is none. */
function choose(list: readonly Listed[], chance: Chance, what: string): Listed {
  const chosen = chance.next() < 0.3 ? list.at(-1) : chance.pick(list);
  if (chosen === undefined) throw new Error(`there is no ${what} yet`);
  return chosen;
}

const nothing = async (): Promise<void> => undefined;

const replicaDeleted: Kind = {
  name: 'replica-deleted',
  place: 'target',
  breaks: true,
  seconds: [1, 2],
  inject: async (world, server, chance) => {
    const chosen = choose(await replicas(world, server), chance, 'replica');
    await deleteByHand(world, server, chosen);
    return { what: `${chosen.path} of ${server} is deleted by hand`, heal: nothing };
  },
};

const snapshotDeleted: Kind = {
  name: 'primary-snapshot-deleted',
  place: 'primary',
  breaks: true,
  seconds: [1, 2],
  inject: async (world, server, chance) => {
    const chosen = choose(await snapshots(world), chance, 'snapshot');
    await deleteByHand(world, server, chosen);
    return { what: `${chosen.path} is deleted by hand`, heal: nothing };
  },
};

const CHANGE = 'btrfs property set -f -t subvol "$1" ro false; echo work >"$1/work"';

/** A replica in which somebody works: it is theirs from then on, until they delete it. */
const replicaChanged: Kind = {
  name: 'replica-changed',
  place: 'target',
  breaks: true,
  seconds: [6, 14],
  inject: async (world, server, chance) => {
    const chosen = choose(await replicas(world, server), chance, 'replica');
    world.books.touched.add(chosen.uuid);
    let taken = (): Promise<void> => deleteByHand(world, server, chosen);
    return injure(
      `${chosen.path} of ${server} is made writable and changed`,
      async () => {
        await world.on(server, CHANGE, [chosen.path]);
        taken = await untilTakenAway(world, server, chosen.path);
      },
      () => taken(),
    );
  },
};

const TOGGLE = `btrfs property set -t subvol "$1" ro false
echo changed >"$1/steady/file 1"; rm -f "$1/steady/file 4"
btrfs property set -t subvol "$1" ro true`;

/** The id of a snapshot stays, its content does not: nothing that is sent with it as base can be right. */
const baseToggled: Kind = {
  name: 'primary-base-toggled',
  place: 'primary',
  breaks: true,
  seconds: [4, 8],
  inject: async (world, server, chance) => {
    const chosen = choose(await snapshots(world), chance, 'snapshot');
    world.books.touched.add(chosen.uuid);
    return injure(
      `${chosen.path} is made writable, changed, made read-only again`,
      () => world.on(server, TOGGLE, [chosen.path]),
      () => world.on(server, '[ ! -d "$1" ] || btrfs property set -t subvol "$1" ro true', [chosen.path]),
    );
  },
};

const USE = `mkdir -p /mnt/busy; mount --bind "$1" /mnt/busy; cd /mnt/busy
sleep 600 >/dev/null 2>&1 <'steady/file 1' & echo $! >/run/busy`;

/** A process works in the oldest one, and somebody has mounted it. */
const busy = (place: 'target' | 'primary'): Kind => ({
  name: place === 'primary' ? 'primary-snapshot-busy' : 'replica-busy',
  place,
  breaks: false,
  seconds: [6, 14],
  inject: async (world, server) => {
    const [oldest] = place === 'primary' ? await snapshots(world) : await replicas(world, server);
    if (oldest === undefined) throw new Error('there is no snapshot yet');
    return injure(
      `${oldest.path} of ${server} is in use and mounted`,
      () => world.on(server, USE, [oldest.path]),
      () => world.on(server, 'kill $(cat /run/busy) 2>/dev/null || true; umount -l /mnt/busy || true'),
    );
  },
});

const burst: Kind = {
  name: 'primary-burst',
  place: 'primary',
  breaks: false,
  seconds: [4, 10],
  inject: async (world, server, chance): Promise<Injury> => {
    const megabytes = chance.whole(4, 16);
    const file = `${homeOf('data')}/busy/burst`;
    await world.on(server, `head -c ${megabytes}000000 /dev/urandom >${file}`);
    return {
      what: `${megabytes} MB are written at once`,
      heal: async () => void (await world.on(server, `rm -f ${file}`)),
    };
  },
};

export const BY_HAND_KINDS: readonly Kind[] = [
  replicaDeleted,
  snapshotDeleted,
  replicaChanged,
  baseToggled,
  busy('target'),
  busy('primary'),
  burst,
];
