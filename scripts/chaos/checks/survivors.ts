// Whether all that must survive is there and unchanged: what is held, what is others', what is the user's, what rules keep.
import type { Owner, Treasure } from '../books.ts';
import { fingerprints, type Listed, listing, placeName } from '../listing.ts';
import type { Observer } from '../observer.ts';
import { PRIMARY } from '../sequence.ts';
import { KEPT_ON_PRIMARY, PLACES, SUBVOLUMES, snapshotsOf } from '../stage.ts';
import type { World } from '../world.ts';

const INVARIANTS: Record<Owner, string> = {
  held: 'nothing kept is lost',
  foreign: 'nothing foreign is touched',
  user: "the user's data is as it was",
};

export async function checkSurvivors(world: World, observer: Observer): Promise<void> {
  const present = new Map<string, Listed[]>();
  for (const place of PLACES)
    present.set(place.server, [...(present.get(place.server) ?? []), ...(await listing(world, place))]);
  const there = (server: string): readonly Listed[] => present.get(server) ?? [];
  for (const server of present.keys())
    await checkTreasures(
      world,
      server,
      [...world.books.treasures].filter((one) => one.server === server),
      there(server),
    );
  checkHeldReplicas(world, observer, there);
  for (const subvolume of SUBVOLUMES) checkKept(world, observer, there(PRIMARY), subvolume);
}

async function checkTreasures(
  world: World,
  server: string,
  treasures: readonly Treasure[],
  present: readonly Listed[],
): Promise<void> {
  const contents = await fingerprints(
    world,
    server,
    treasures.map(({ path, below }) => `${path}/${below}`),
  );
  for (const [index, { owner, path, uuid, content }] of treasures.entries()) {
    const invariant = INVARIANTS[owner];
    world.books.checked(invariant);
    const found = present.find((one) => one.path === path);
    const now = contents[index];
    if (found?.uuid !== uuid)
      world.books.found(invariant, `${server} ${path} was ${uuid}, is ${found?.uuid ?? 'not there'}`);
    else if (now !== content)
      world.books.found(invariant, `the content of ${server} ${path} was ${content}, is ${now}`);
  }
}

/** A replica of what is held that was there once. */
function checkHeldReplicas(
  world: World,
  observer: Observer,
  there: (server: string) => readonly Listed[],
): void {
  const { treasures, deletedByHand, touched } = world.books;
  const held = new Set([...treasures].filter(({ owner }) => owner === 'held').map(({ uuid }) => uuid));
  for (const { uuid, receivedUuid, readOnly, path, place } of observer.seen) {
    if (!readOnly || !held.has(receivedUuid ?? '') || touched.has(uuid)) continue;
    if (deletedByHand.has(`${place.server} ${path}`)) continue;
    world.books.checked(INVARIANTS.held);
    if (!there(place.server).some((one) => one.uuid === uuid))
      world.books.found(
        INVARIANTS.held,
        `the replica ${placeName(place)} ${path} (${uuid}) of what is held is gone`,
      );
  }
}

/** The newest that the rules keep; each that was deleted by hand may have been counted among them once. */
function checkKept(world: World, observer: Observer, present: readonly Listed[], subvolume: string): void {
  const { deletedByHand, touched } = world.books;
  const directory = `${snapshotsOf(subvolume)}/2`;
  const all = observer.seen.filter(
    ({ place, path, readOnly }) => place.server === PRIMARY && readOnly && path.startsWith(directory),
  );
  const left = all.filter(({ uuid, path }) => !touched.has(uuid) && !deletedByHand.has(`${PRIMARY} ${path}`));
  const byHand = all.length - left.length;
  const kept = Math.max(0, KEPT_ON_PRIMARY - byHand);
  const newest = left.sort((one, other) => (one.path < other.path ? -1 : 1)).slice(left.length - kept);
  for (const { uuid, path } of kept === 0 ? [] : newest) {
    world.books.checked('what the rules keep is kept');
    if (!present.some((one) => one.uuid === uuid))
      world.books.found(
        'what the rules keep is kept',
        `${path} (${uuid}) is gone, one of the newest ${kept}`,
      );
  }
}
