/** Looks at the server and plans a restore of a whole subvolume, or that one is taken back. It changes nothing. */
import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { type Around, aroundCommand, parseAround } from '../../btrfs/looks/around.ts';
import type { Host } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf, type Inventory, type Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type RestoreReport, replacedOf } from '../../model/runs/restore.ts';
import {
  baseName,
  bornIdOfSnapshot,
  joinPath,
  parentDirectory,
  type Snapshot,
} from '../../model/snapshot.ts';
import { findSubvolume, insidePath, placeOfVanished } from '../../plan/catalog/catalog.ts';
import { ambiguousSnapshot, noSuchSnapshot } from '../../plan/catalog/named-snapshot.ts';
import {
  planRestore,
  type RestorePlace,
  type RestorePlan,
  type RestoreQuestion,
} from '../../plan/restore/restore-plan.ts';
import type { Pin } from '../../state/journal/pins.ts';
import { type Fleet, lookAt, primaryServer } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
import { ownPlace } from '../replication/back.ts';
import { askServer } from './ask-server.ts';
import {
  chooseReplica,
  isWanted,
  isWritable,
  type PlannedBack,
  planSending,
  type WantedSnapshot,
} from './plan-back.ts';
import { restoreReport } from './report.ts';
import type { Undoable } from './undoable.ts';

export interface RestoreWish {
  readonly subvolume: string;
  /** Of the snapshot, or its path where several bear one name; a snapshot that was chosen by its uuid. */
  readonly snapshot: WantedSnapshot;
  /** What becomes of subvolumes inside; null: nobody said, and where there are any it is a fault. */
  readonly nested: 'move' | 'leave' | null;
  /** As shown before: names of what is put aside are the same when it is carried out. Null: now. */
  readonly at?: string;
  /** The server whose replica it is; null: the snapshot is on the primary. */
  readonly from?: string | null;
}

export interface PlannedRestore {
  readonly host: Host;
  readonly plan: RestorePlan;
  /** Null: what was put aside takes its place again. */
  readonly snapshot: Snapshot | null;
  /** What takes the place: the snapshot, or what was put aside, which a deletion by hand may choose, too. */
  readonly taken: Pin;
  /** Null: it could not be looked at, or there is nothing there. */
  readonly around: Around | null;
  /** What is sent back first; null: nothing is. */
  readonly back: PlannedBack | null;
}

/** Faults: no-such-subvolume, no-such-snapshot, replica-modified, refused, not-mounted, and those of a look. */
export async function planRestoreNow(
  fleet: Fleet,
  wish: RestoreWish,
  signal: AbortSignal,
): Promise<Result<PlannedRestore>> {
  const { subvolume, snapshot: wanted, nested, at = isoTime(fleet.clock.now()) } = wish;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const { name: to } = primary.value;
  const sendFrom = (from: string) => planBackNow(fleet, { ...wish, at }, { from, to }, signal);
  if (wish.from && wish.from !== to) return sendFrom(wish.from);
  const listed = await listSnapshots(fleet, subvolume, null, signal);
  // A replica on another disk of the primary is named by its path, or was.
  const isOther =
    wish.from === to && (!listed.ok || !listed.value.snapshots.some((one) => isWanted(one, wanted)));
  if (isOther) return sendFrom(to);
  if (!listed.ok) return listed;
  const { host, inventory, snapshots } = listed.value;
  const server = host.server.name;
  const place = restorePlace(inventory, subvolume);
  if (!place.ok) return place;
  const found = snapshots.filter((one) => isWanted(one, wanted));
  const [snapshot, other] = found;
  if (!snapshot) return failed(noSnapshot(server, place.value.subvolume, wanted));
  if (other) return failed(ambiguousSnapshot(server, found));
  if (!snapshot.readOnly) return failed(isWritable(server, snapshot));
  const from = { name: snapshot.name, uuid: snapshot.uuid };
  const question = { ...place.value, inventory, nested, at, from, snapshot: snapshot.path };
  const taken = { filesystem: place.value.filesystem.uuid, origin: bornIdOfSnapshot(snapshot) };
  return planOn(fleet, host, question, { snapshot, taken }, signal);
}

/** Faults: those of the choice and of the way back, what is in the way of it, and as `planRestoreNow`. */
async function planBackNow(
  fleet: Fleet,
  { subvolume, snapshot: wanted, nested, at }: RestoreWish & { readonly at: string },
  { from: replicaOn, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Result<PlannedRestore>> {
  const chosen = await chooseReplica(fleet, subvolume, replicaOn, wanted, signal);
  if (!chosen.ok) return chosen;
  const { name, uuid } = chosen.value;
  const seen = await lookAt(fleet, to, signal);
  if (!seen.ok) return seen;
  const { host, inventory } = seen.value;
  const place = restorePlace(inventory, subvolume);
  if (!place.ok) return place;
  const goesTo = ownPlace(inventory, subvolume);
  if (!goesTo.ok) return goesTo;
  const path = joinPath(goesTo.value.directory, name);
  const replica = { server: replicaOn, replica: chosen.value, to: path };
  const sending = await planSending(fleet, subvolume, to, replica, signal);
  if (!sending.ok) return sending;
  // What is there under that very name has the same content: twins are refused before.
  if (sending.value === null) return planRestoreNow(fleet, { subvolume, snapshot: name, nested, at }, signal);
  const question = { ...place.value, inventory, nested, at, from: { name, uuid }, snapshot: path };
  const taken = { filesystem: place.value.filesystem.uuid, origin: bornIdOfSnapshot(chosen.value) };
  const planned = await planOn(fleet, host, question, { snapshot: chosen.value, taken }, signal);
  if (!planned.ok) return planned;
  const { plan } = planned.value;
  // Before anything is sent: hours later it would be too late.
  const inTheWay = await checkPlace(fleet, host, plan);
  if (inTheWay) return failed(inTheWay);
  const request = { ...plan.request, back: sending.value.request };
  return ok({ ...planned.value, plan: { ...plan, request }, back: sending.value });
}

async function checkPlace(fleet: Fleet, host: Host, plan: RestorePlan): Promise<Fault | null> {
  const { request } = plan;
  const said = await askServer(fleet, host, request, { ...plan, mode: 'check' });
  if (said.kind === 'rolled-back') return null;
  return restoreReport(request, { server: host.server.name, host, plan, said, mode: 'check' }).fault;
}

export interface UndoWish extends Undoable {
  readonly nested: 'move' | 'leave' | null;
  readonly at?: string;
}

/** Faults: refused (there is nothing to go back to, or another one took the place since), and as `planRestoreNow`. */
export async function planUndoNow(
  fleet: Fleet,
  { run, request, report, nested, at = isoTime(fleet.clock.now()) }: UndoWish,
  signal: AbortSignal,
): Promise<Result<PlannedRestore>> {
  const { subvolume, server, filesystem: uuid, inside } = request;
  const looked = await lookAt(fleet, server, signal);
  if (!looked.ok) return looked;
  const { host, inventory } = looked.value;
  const filesystem = inventory.filesystems.find((one) => one.uuid === uuid);
  if (!filesystem) return failed(isAway(server, subvolume, uuid));
  if (!filesystem.listing.ok) return filesystem.listing;
  const live = filesystem.listing.value.find(({ path }) => path === inside) ?? null;
  if (!live || live.uuid !== report.uuid) return failed(isOvertaken(server, run, subvolume));
  const place = { subvolume, filesystem, inside, live };
  const aside = asideOf(place, report);
  if (!aside) return failed(nothingAside(server, run, report));
  const from = { name: baseName(aside.path), uuid: aside.uuid ?? '' };
  const question = { ...place, inventory, nested, at, from, snapshot: null, undo: run };
  const taken = { filesystem: uuid, origin: bornIdOf(aside) ?? from.uuid };
  return planOn(fleet, host, question, { snapshot: null, taken }, signal);
}

async function planOn(
  fleet: Fleet,
  host: Host,
  question: Omit<RestoreQuestion, 'server' | 'isRoot'>,
  from: Pick<PlannedRestore, 'snapshot' | 'taken'>,
  signal: AbortSignal,
): Promise<Result<PlannedRestore>> {
  const { server, facts } = host;
  const plan = planRestore({ ...question, server: server.name, isRoot: facts.sudo.length === 0 });
  if (!plan.ok) return plan;
  const around = await lookAround(fleet, host, question, signal);
  return ok({ host, plan: withNumbers(plan.value, question.live, around), ...from, around, back: null });
}

/** Seconds: a look at each process of a machine. */
const AROUND = 30;

async function lookAround(
  fleet: Fleet,
  host: Host,
  { live }: RestorePlace,
  signal: AbortSignal,
): Promise<Around | null> {
  const path = live?.absolutePath;
  if (!path) return null;
  const nonce = fleet.nonce();
  const options = { input: nonceInput(nonce), timeoutSeconds: AROUND, signal };
  const said = await host.run(aroundCommand(path), options);
  return said.ok ? parseAround(nonce, said.value.stdout, path) : null;
}

/** What /etc/fstab mounts by its number is another one after it: it would not be mounted, or the old one would be. */
function withNumbers(plan: RestorePlan, live: Subvolume | null, around: Around | null): RestorePlan {
  const steps = (around?.byNumber ?? [])
    .filter(({ id }) => id === live?.id)
    .map(({ path, id }) => ({
      what: `/etc/fstab mounts ${path} by subvolid=${id}, the number of what is put aside: take that option out of the line first.`,
      command: null,
    }));
  return { ...plan, steps: [...steps, ...plan.steps] };
}

/** In the same directory, and put aside from there: only there it can be renamed back. */
function asideOf({ filesystem, inside }: RestorePlace, { replaced }: RestoreReport): Subvolume | null {
  const { listing } = filesystem;
  if (!listing.ok || replaced === null || replaced.uuid === null) return null;
  const parent = parentDirectory(`/${inside}`);
  const found = listing.value.find(({ uuid }) => uuid === replaced.uuid);
  const isBeside = found && !found.readOnly && parentDirectory(`/${found.path}`) === parent;
  return isBeside && replacedOf(baseName(found.path))?.name === baseName(inside) ? found : null;
}

/** Also of one that is gone. */
function restorePlace(inventory: Inventory, subvolume: string): Result<RestorePlace> {
  const found = findSubvolume(inventory, subvolume);
  if (found.ok) {
    const { path, filesystem, subvolume: live } = found.value;
    return ok({ subvolume: path, filesystem, inside: live.path, live });
  }
  const vanished = found.fault.code === 'no-such-subvolume' ? placeOfVanished(inventory, subvolume) : null;
  const inside = vanished && insidePath(vanished.filesystem, subvolume);
  if (!vanished || !inside) return found;
  return ok({ subvolume, filesystem: vanished.filesystem, inside, live: null });
}

export const isAway = (server: string, subvolume: string, filesystem: string): Fault =>
  fault(
    'not-mounted',
    `The filesystem ${filesystem} of ${subvolume} is not mounted on ${server}.`,
    'Mount it there, then try again.',
    { server, retry: true },
  );

const isOvertaken = (server: string, run: number, subvolume: string): Fault =>
  fault(
    'refused',
    `What restore ${run} put in the place of ${subvolume} on ${server} is not there any more: it was taken back, or another one took the place.`,
    'Take back the newest restore of it first: "btrfleet restore list".',
    { server },
  );

const noSnapshot = (server: string, subvolume: string, wanted: RestoreWish['snapshot']): Fault =>
  noSuchSnapshot(
    server,
    typeof wanted === 'string'
      ? `${subvolume} has no snapshot ${wanted} on ${server}.`
      : `The snapshot of ${subvolume} that was chosen is not on ${server} any more.`,
    [subvolume],
  );

const nothingAside = (server: string, run: number, { subvolume, replaced }: RestoreReport): Fault =>
  fault(
    'refused',
    replaced === null
      ? `Restore ${run} put nothing aside: ${subvolume} was not there before.`
      : `What restore ${run} put aside, ${replaced.path} on ${server}, is not there any more, or no more beside ${subvolume}.`,
    'Restore a snapshot instead.',
    { server },
  );
