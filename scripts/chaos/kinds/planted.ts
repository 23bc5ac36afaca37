// What people and other programs put on the servers past btrfleet: halves, names ahead of the clock, links, snapshots of theirs.
import { injure } from '../injure.ts';
import type { Kind } from '../kind.ts';
import { type Listed, listing } from '../listing.ts';
import { PRIMARY } from '../sequence.ts';
import { homeOf, POOL, replicasOf, SERVED, sendPast, snapshotsOf, treasure } from '../stage.ts';
import type { World } from '../world.ts';

export async function deleteByHand(world: World, server: string, { path, uuid }: Listed): Promise<void> {
  world.books.touched.add(uuid);
  world.books.deletedByHand.add(`${server} ${path}`);
  await world.on(server, 'btrfs subvolume delete "$1"', [path]);
}

/** Writes it down as somebody's; what is returned sees whether it is still there, and deletes it by hand. */
export async function untilTakenAway(
  world: World,
  server: string,
  path: string,
): Promise<() => Promise<void>> {
  const planted = await treasure(world, 'foreign', server, [path]);
  return async () => {
    for (const one of planted) {
      world.books.treasures.delete(one);
      const found = (await listing(world, { server, mount: POOL })).find(({ uuid }) => uuid === one.uuid);
      world.books.checked('nothing foreign is touched');
      if (world.books.deletedByHand.has(`${server} ${path}`) && !found) continue;
      if (found) await deleteByHand(world, server, found);
      else world.books.found('nothing foreign is touched', `${path} of ${server} (${one.uuid}) is gone`);
    }
  };
}

const halfReceived: Kind = {
  name: 'half-received',
  place: 'target',
  breaks: true,
  seconds: [8, 16],
  inject: async (world, server, chance) => {
    const name = `2026-0${chance.whole(1, 9)}-02T03:04:05.678Z`;
    const path = `${POOL}/half/${name}`;
    const directory = replicasOf({}, 'data', POOL);
    const there = `${directory}/${name}`;
    let taken = async (): Promise<void> =>
      void (await world.on(server, '[ ! -d "$1" ] || btrfs subvolume delete "$1"', [there]));
    const plant = async (): Promise<void> => {
      const make = `mkdir -p ${POOL}/half; btrfs subvolume snapshot -r ${homeOf('data')} "$1"`;
      await world.on(PRIMARY, make, [path]);
      try {
        await world.on(server, 'mkdir -p "$1"', [directory]);
        await sendPast(world, path, server, directory, 300_000);
      } finally {
        await world.on(PRIMARY, 'btrfs subvolume delete "$1"', [path]);
      }
      taken = await untilTakenAway(world, server, there);
    };
    return injure(`${there} of ${server} is half received, by others`, plant, () => taken());
  },
};

const futureName: Kind = {
  name: 'primary-future-name',
  place: 'primary',
  breaks: false,
  seconds: [15, 30],
  inject: async (world, server) => {
    const year = new Date().getUTCFullYear() + 1;
    const path = `${snapshotsOf('data')}/${year}-02-03T04:05:06.789Z`;
    await world.on(server, `btrfs subvolume snapshot -r ${homeOf('data')} "$1"`, [path]);
    return {
      what: `${path} is made: a year ahead of the clock`,
      heal: async () => {
        for (const { server: one, mount } of [
          { server, mount: POOL },
          ...SERVED.filter(({ task }) => task.name === 'wide').map(({ place }) => place),
        ]) {
          const found = (await listing(world, { server: one, mount })).filter(
            (listed) => listed.path === path,
          );
          for (const listed of found) await deleteByHand(world, one, listed);
        }
      },
    };
  },
};

/** Another tool makes a snapshot, sends it, and lets its oldest go. */
const btrbk: Kind = {
  name: 'primary-btrbk',
  place: 'primary',
  breaks: false,
  seconds: [3, 8],
  inject: async (world, server, chance) => {
    const path = `${POOL}/btrbk_snapshots/data.2026${chance.whole(10, 12)}${chance.whole(10, 28)}T${chance.whole(1000, 2300)}`;
    await world.on(server, `btrfs subvolume snapshot -r ${homeOf('data')} "$1"`, [path]);
    return {
      what: `another tool makes ${path}`,
      heal: await untilTakenAway(world, server, path),
    };
  },
};

/** The directory of replicas is a symbolic link to a place of somebody's: nothing may go there. */
const symlink: Kind = {
  name: 'symlink',
  place: 'target',
  breaks: false,
  seconds: [1, 3],
  inject: async (world, server, chance) => {
    const name = `planted-${chance.whole(1000, 9999)}`;
    const elsewhere = `${POOL}/elsewhere-${name}`;
    const planted = async (): Promise<void> => {
      await world.on(server, `mkdir -p ${POOL}/.snapshots "$1"; ln -s "$1" "${POOL}/.snapshots/${name}"`, [
        elsewhere,
      ]);
      await world.on(PRIMARY, 'btrfs subvolume create "$1" >/dev/null; echo 1 >"$1/one"', [homeOf(name)]);
      await world.btrfleet(['snapshot', 'create', homeOf(name)]);
      const { code } = await world.btrfleet(['replicate', 'auto', homeOf(name), '--to', `${server}:${POOL}`]);
      const there = (await world.on(server, 'ls -A "$1"', [elsewhere])).trim();
      world.books.checked('no planted link is followed');
      if (there !== '')
        world.books.found(
          'no planted link is followed',
          `${elsewhere} of ${server} holds ${there}, exit ${code}`,
        );
    };
    return injure(`${POOL}/.snapshots/${name} of ${server} is a link to elsewhere`, planted, async () => {
      for (const one of [PRIMARY, server]) {
        const all = await listing(world, { server: one, mount: POOL });
        const own = all.filter(({ path }) => path.includes(name)).map(({ path }) => path);
        for (const path of own) world.books.deletedByHand.add(`${one} ${path}`);
        // What lies deepest goes first.
        const deepest = own.sort((a, b) => b.length - a.length);
        await world.on(one, 'for s; do btrfs subvolume delete "$s" >/dev/null; done', deepest);
      }
      await world.on(server, `rm -f "${POOL}/.snapshots/${name}"; rm -rf "$1"`, [elsewhere]);
    });
  },
};

export const PLANTED_KINDS: readonly Kind[] = [halfReceived, futureName, btrbk, symlink];
