/**
 * Finds all versions of a file or directory over the snapshots of a fleet: on the primary, and replicas on all servers. A
 * server that does not answer is told, and holds nobody up. It changes nothing.
 */
import { cancelledFault } from '../../hosts/port/stream-faults.ts';
import type { Fault } from '../../model/fault.ts';
import { bytesOfName } from '../../model/file-name.ts';
import type {
  FileVersion,
  FoundVersions,
  Holder,
  SeenTree,
  VersionsWish,
} from '../../model/file-versions.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import { holderOf } from '../../plan/files/holder.ts';
import { pathInside } from '../../plan/files/path-inside.ts';
import { unsendable } from '../../plan/files/tree-fault.ts';
import { fileVersions, type Seen } from '../../plan/files/versions.ts';
import { type Fleet, lookAt, primaryServer } from '../ground/fleet.ts';
import { eachInSlots, LOOK_SLOTS } from '../ground/slots.ts';
import { isTooSlow, LOOK, tooSlow } from '../looks/at-all.ts';
import type { Origin } from '../looks/list-snapshots.ts';
import { isRemembered, originNow } from './remembered.ts';
import { type Digests, digest, type FilePath, type Sights, sight } from './sight.ts';
import { type Looked, treesOf } from './trees.ts';

/** Faults: usage, no-such-subvolume, no-primary, unsupported-name, config-invalid; and why nothing is known of the primary. */
export async function versionsOf(
  fleet: Fleet,
  { path, hash = false }: VersionsWish,
  signal: AbortSignal,
): Promise<Result<FoundVersions>> {
  const config = fleet.config.read();
  if (!config.ok) return config;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const whole = pathInside('/', path);
  if (!whole.ok) return whole;
  const seen = await lookInTime(fleet, primary.value.name, signal);
  const known = lastLook(fleet, primary.value.name, seen);
  if (!known.ok) return known;
  const subject = subjectIn(fleet, known.value, `/${whole.value}`);
  if (!subject.ok) return subject;
  const others = config.value.config.servers.filter(({ name }) => name !== primary.value.name);
  const all = await eachInSlots(
    [primary.value, ...others],
    async (server) => {
      const isPrimary = server.name === primary.value.name;
      const looked = isPrimary ? seen : await lookInTime(fleet, server.name, signal);
      return { server, ...(await sightOn(fleet, looked, isPrimary, subject.value, signal)) };
    },
    LOOK_SLOTS,
  );
  const found = await settle(all, subject.value, hash, signal);
  return signal.aborted ? failed(cancelledFault(primary.value.name, 'looking for versions')) : ok(found);
}

interface Subject {
  readonly holder: Holder;
  readonly origin: Origin;
  readonly path: FilePath;
}

function subjectIn({ journal }: Fleet, inventory: Inventory, path: string): Result<Subject> {
  const holder = holderOf(inventory, path, (subvolume) => isRemembered(journal, subvolume));
  if (!holder.ok) return holder;
  const origin = originNow(journal, inventory, holder.value.subvolume);
  if (!origin.ok) return origin;
  const bytes = bytesOfName(holder.value.inside);
  if (bytes === null) return failed(unsendable(path));
  return ok({ holder: holder.value, origin: origin.value, path: { text: holder.value.inside, bytes } });
}

/** What it was like before tells where replicas lie, too. */
export function lastLook({ journal }: Fleet, server: string, seen: Result<Looked>): Result<Inventory> {
  if (seen.ok) return ok(seen.value.inventory);
  const inventory = journal.lastInventory(server);
  return inventory ? ok(inventory) : seen;
}

export async function lookInTime(fleet: Fleet, server: string, signal: AbortSignal): Promise<Result<Looked>> {
  const limit = AbortSignal.timeout(LOOK * 1000);
  const seen = await lookAt(fleet, server, AbortSignal.any([signal, limit]));
  return !seen.ok && isTooSlow(seen.fault, limit, signal) ? failed(tooSlow(server)) : seen;
}

interface SightsOn {
  readonly looked: Result<Looked>;
  readonly sights: Result<Sights>;
  /** Of filesystems of it that nobody could look at. */
  readonly faults: readonly Fault[];
}

async function sightOn(
  fleet: Fleet,
  looked: Result<Looked>,
  isPrimary: boolean,
  { holder, origin, path }: Subject,
  signal: AbortSignal,
): Promise<SightsOn> {
  if (!looked.ok) return { looked, sights: looked, faults: [] };
  const { trees, faults } = treesOf(fleet, looked.value, isPrimary, holder.subvolume, origin);
  return { looked, sights: await sight(looked.value.host, trees, path, signal), faults };
}

async function settle(
  all: readonly (SightsOn & { readonly server: Server })[],
  { holder, path }: Subject,
  hash: boolean,
  signal: AbortSignal,
): Promise<FoundVersions> {
  const sights = all.flatMap(({ sights: one }) => (one.ok ? [one.value] : []));
  const seen = sights.flatMap((one) => one.seen);
  const versions = fileVersions(seen);
  const hashed = hash ? await digestAll(all, seen, versions, path, signal) : null;
  return {
    ...holder,
    versions: hashed ? fileVersions(seen, hashed.sha256) : versions,
    now: nowOf(sights),
    looked: all.flatMap(({ server, sights: one }) => {
      if (!one.ok) return [];
      const { seen: found, absent, unknown } = one.value;
      const trees = found.length + absent.length + unknown.length;
      return [{ server: server.name, trees, found: found.length }];
    }),
    notLooked: all.flatMap(({ server, sights: one, faults }) =>
      [...(one.ok ? [] : [one.fault]), ...faults].map((fault) => ({ server: server.name, fault })),
    ),
    unknown: sights.flatMap((one) => one.unknown),
    notHashed: hashed?.faults ?? [],
  };
}

function nowOf(sights: readonly Sights[]): FoundVersions['now'] {
  if (sights.some(({ seen }) => seen.some(({ tree }) => tree.isLive))) return 'there';
  // A subvolume that is gone has no tree of its own: the snapshots say what was there.
  const isLive = ({ isLive: live }: SeenTree): boolean => live;
  return sights.some(({ absent }) => absent.some(isLive)) ? 'not-there' : 'unknown';
}

/** Each version once, where it is best taken from; what cannot be read there is tried on the next server that has it. */
async function digestAll(
  all: readonly (SightsOn & { readonly server: Server })[],
  seen: readonly Seen[],
  versions: readonly FileVersion[],
  path: FilePath,
  signal: AbortSignal,
): Promise<{ readonly sha256: ReadonlyMap<Seen, string>; readonly faults: readonly Fault[] }> {
  const byTree = new Map(seen.map((one) => [one.tree, one]));
  const files = versions.filter(({ stat }) => stat.kind === 'file');
  /** Of each file that is not known yet the places left, one a server. */
  let left = files.map(({ places }) =>
    [...new Map(places.toReversed().map((tree) => [tree.server, byTree.get(tree)])).values()].toReversed(),
  );
  const sha256 = new Map<Seen, string>();
  const faults: Fault[] = [];
  while (left.length > 0) {
    const tried = await digestOn(
      all,
      left.flatMap(([one]) => one ?? []),
      path,
      signal,
    );
    for (const [one, digestOfIt] of tried.sha256) sha256.set(one, digestOfIt);
    const failedOnes = left.filter(([one]) => one && !tried.sha256.has(one));
    faults.push(
      ...failedOnes.flatMap(
        ([one, ...others]) => (one && others.length === 0 && tried.faults.get(one)) || [],
      ),
    );
    left = failedOnes.map(([, ...others]) => others).filter((others) => others.length > 0);
  }
  return { sha256, faults };
}

async function digestOn(
  all: readonly (SightsOn & { readonly server: Server })[],
  wanted: readonly Seen[],
  path: FilePath,
  signal: AbortSignal,
): Promise<Digests> {
  const done = await Promise.all(
    all.map(({ server, looked }) => {
      const here = wanted.filter(({ tree }) => tree.server === server.name);
      if (!looked.ok || here.length === 0) return { sha256: new Map(), faults: new Map() };
      return digest(looked.value.host, here, path, signal);
    }),
  );
  return {
    sha256: new Map(done.flatMap((one) => [...one.sha256])),
    faults: new Map(done.flatMap((one) => [...one.faults])),
  };
}
