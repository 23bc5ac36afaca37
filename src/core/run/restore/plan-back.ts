/** Looks at a replica and at the way back from it, and plans a restore of it. It changes nothing. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { BY_HAND, type ReplicationRequest, USUAL_TRANSFER } from '../../model/runs/replication.ts';
import type { RestoreFromReplica, ShownSentBack } from '../../model/runs/restore.ts';
import { baseName, bornIdOfSnapshot, isSnapshotName, type Snapshot } from '../../model/snapshot.ts';
import { differentAmong } from '../../plan/catalog/different.ts';
import { ambiguousSnapshot, notProven } from '../../plan/catalog/named-snapshot.ts';
import { toSnapshot } from '../../plan/catalog/to-snapshot.ts';
import { twinIds } from '../../plan/replication/spoilt-bases.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
import { replicaIn } from '../replication/back.ts';
import { previewReplication } from '../replication/preview.ts';

export interface PlannedBack {
  readonly request: RestoreFromReplica;
  readonly shown: ShownSentBack;
  /** Null: it could not be found out. */
  readonly wireBytes: number | null;
}

/** By its name or its path, or as it was chosen before. */
export type WantedSnapshot = string | { readonly uuid: string };

export const isWanted = ({ name, path, uuid }: Snapshot, wanted: WantedSnapshot): boolean =>
  typeof wanted === 'string' ? name === wanted || path === wanted : uuid === wanted.uuid;

/**
 * The replica that is meant. By its name only one that is proven to be of the subvolume; any other by its path. Faults:
 * no-such-snapshot, foreign-snapshot, refused (several, not proven, or it is not known which one it is), replica-modified,
 * and those of a look.
 */
export async function chooseReplica(
  fleet: Fleet,
  subvolume: string,
  server: string,
  wanted: WantedSnapshot,
  signal: AbortSignal,
): Promise<Result<Snapshot>> {
  const listed = await listSnapshots(fleet, subvolume, server, signal);
  // Where nothing is left of it on the primary, nothing tells where its replicas are.
  const seen = listed.ok || isByName(wanted) ? listed : await lookAt(fleet, server, signal);
  if (!seen.ok) return seen;
  const { inventory } = seen.value;
  const named = (listed.ok ? listed.value.snapshots : []).filter((one) => isWanted(one, wanted));
  const [one, other] = named.filter(({ state }) => !isByName(wanted) || state !== 'foreign');
  if (other) return failed(ambiguousSnapshot(server, named));
  const chosen = one ?? (isByName(wanted) ? null : inListing(inventory, wanted));
  const [foreign] = named;
  if (!chosen) {
    return failed(foreign ? notProven(server, subvolume, foreign) : noReplica(server, subvolume, wanted));
  }
  const why = whyNot(inventory, chosen, isByName(wanted));
  return why ? failed(why) : ok(chosen);
}

const isByName = (wanted: WantedSnapshot): boolean => typeof wanted === 'string' && !wanted.startsWith('/');

/** Whatever lies there. */
function inListing(inventory: Inventory, wanted: WantedSnapshot): Snapshot | null {
  const found = replicaIn(inventory, typeof wanted === 'string' ? { path: wanted } : wanted);
  return found && toSnapshot(found.filesystem, found.entry, found.entry.absolutePath, 'foreign');
}

function whyNot({ server, filesystems }: Inventory, chosen: Snapshot, isNamed: boolean): Fault | null {
  const { name, path, state, readOnly, doubt } = chosen;
  if (!isSnapshotName(name)) return isNoTime(server, path);
  if (!readOnly || (state === 'modified' && doubt !== 'different' && isNamed))
    return isWritable(server, chosen);
  const twin = twinIds(filesystems).find(({ originId }) => originId === bornIdOfSnapshot(chosen));
  return twin ? isTwin(server, path, twin.why) : null;
}

/** What is sent for it. */
export const sendBackOf = (
  subvolume: string,
  primary: string,
  { back, name }: { readonly back: RestoreFromReplica; readonly name: string },
): ReplicationRequest => ({
  ...BY_HAND,
  subvolume,
  targets: [{ server: primary, mount: null }],
  wanted: { mode: 'auto', snapshot: name, all: false },
  options: USUAL_TRANSFER,
  back: { server: back.server, path: back.path, uuid: back.uuid },
});

/** Null: it is on the primary already. Faults: why it cannot be sent. */
export async function planSending(
  fleet: Fleet,
  subvolume: string,
  primary: string,
  { server, replica, to }: { readonly server: string; readonly replica: Snapshot; readonly to: string },
  signal: AbortSignal,
): Promise<Result<PlannedBack | null>> {
  const { path, uuid } = replica;
  const back = { server, path, uuid, originId: bornIdOfSnapshot(replica), to, base: null };
  const request = sendBackOf(subvolume, primary, { back, name: replica.name });
  const shown = await previewReplication(fleet, request, signal);
  if (!shown.ok) return shown;
  const [result] = shown.value.results;
  const different = replica.doubt === 'different' ? differenceOf(fleet, server, replica) : null;
  if (result?.status === 'already-there')
    return different ? failed(isThereToo(primary, server, replica)) : ok(null);
  if (result?.status !== 'planned') return failed(result?.fault ?? cannotSend(server, replica));
  const { mode, base } = result;
  return ok({
    request: { ...back, base },
    shown: { server, path, uuid, mode, base, isProven: replica.state !== 'foreign', different },
    wireBytes: result.estimatedBytes,
  });
}

/** As it was found when it was compared. */
function differenceOf(fleet: Fleet, server: string, { uuid }: Snapshot): ShownSentBack['different'] {
  const seen = fleet.journal.lastInventory(server)?.filesystems ?? [];
  for (const { uuid: filesystem, listing } of seen) {
    if (!listing.ok || !listing.value.some((one) => one.uuid === uuid)) continue;
    const mark = differentAmong(listing.value, fleet.journal.differentOn(server, filesystem)).get(uuid);
    if (!mark) continue;
    const isItself = mark.uuid === uuid && mark.of === null;
    return { at: mark.foundAt, what: mark.what, inherited: isItself ? null : baseName(mark.path) };
  }
  return { at: '', what: 'it was found not to be what its source is', inherited: null };
}

const isThereToo = (primary: string, server: string, { name, path }: Snapshot): Fault =>
  fault(
    'name-taken',
    `${primary} has ${name} itself, and ${path} on ${server} is not the same, so it cannot be put beside it.`,
    'Restore that one without --from, or take files out of the replica: "btrfleet snapshot extract" with --from. They can be compared by "btrfleet snapshot diff".',
    { server: primary },
  );

const cannotSend = (server: string, { path }: Snapshot): Fault =>
  fault('refused', `${path} on ${server} cannot be sent back.`, 'Choose another snapshot.', { server });

const noReplica = (server: string, subvolume: string, wanted: WantedSnapshot): Fault =>
  fault(
    'no-such-snapshot',
    typeof wanted === 'string'
      ? `${server} has no replica ${wanted} of ${subvolume}.`
      : `The replica of ${subvolume} that was chosen is not on ${server} any more.`,
    `"${command('snapshot', 'list', subvolume, '--server', server)}" shows what there is.`,
    { server },
  );

export const isWritable = (server: string, { path }: Snapshot): Fault =>
  fault(
    'replica-modified',
    `${path} on ${server} is writable: what is in it may not be what was in the subvolume.`,
    'Take another snapshot. To use it as it is, look at it there and make a read-only snapshot of it first.',
    { server },
  );

const isNoTime = (server: string, path: string): Fault =>
  fault(
    'foreign-snapshot',
    `${path} on ${server} does not have the name of a snapshot of btrfleet, so it could not stay among those on the primary.`,
    'Make a read-only snapshot of it there whose name is a time, such as 2026-11-20T08:05:01.123Z, and take that.',
    { server },
  );

const isTwin = (server: string, path: string, why: string): Fault =>
  fault(
    'refused',
    `Which content ${path} on ${server} has cannot be told: ${why}.`,
    'Look at them there. Send the right one by hand, or copy what you need.',
    { server },
  );
