/** Finds where files go that are brought back: to the subvolume they are of, elsewhere on its primary, or to this machine. */
import { belowMount } from '../../btrfs/ask/way-script.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { isPlainName } from '../../model/file-name.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { replacedOf } from '../../model/runs/restore.ts';
import { baseName, pathBelow } from '../../model/snapshot.ts';
import {
  filesystemAt,
  findSubvolume,
  nearestMount,
  type Place,
  placeOf,
} from '../../plan/catalog/catalog.ts';
import { type Fleet, lookAt, primaryServer } from '../ground/fleet.ts';

/** What is written to. */
export interface TargetPlace {
  readonly host: Host;
  /** Absolute path of the root: of a subvolume, or a directory of this machine or on no btrfs. */
  readonly root: string;
  /** Below the root: the directory that was named; '' for the root. Null: to where they were. */
  readonly directory: string | null;
  /** Null: what is there cannot be kept as a snapshot, so nothing that is there is changed. */
  readonly kept: KeptPlace | null;
  readonly isOwn: boolean;
  /** Bytes that are free; null: not known. */
  readonly freeBytes: number | null;
}

export interface KeptPlace {
  readonly filesystem: Filesystem;
  /** Below the top level. */
  readonly inside: string;
  readonly uuid: string | null;
  /** The directory of its snapshots, and the same as scripts are told it. */
  readonly snapshots: string;
  readonly way: string;
}

export interface TargetWish {
  /** Canonical. */
  readonly subvolume: string;
  readonly to: string | null;
  readonly isHere: boolean;
}

/** Faults: usage, no-such-subvolume, read-only-filesystem, refused (a snapshot), those of a look. */
export async function targetPlace(
  fleet: Fleet,
  { subvolume, to: written, isHere }: TargetWish,
  signal: AbortSignal,
): Promise<Result<TargetPlace>> {
  const to = written && plainPath(written);
  const isAbsolute = to === null || (to.startsWith('/') && !to.split('/').includes('..') && isPlainName(to));
  if (!isAbsolute) return failed(notAbsolute(to));
  if (isHere) {
    if (to === null) return failed(toWhere());
    const host = fleet.hosts.here();
    return host.ok ? ok(onNoBtrfs(host.value, to, true)) : host;
  }
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const seen = await lookAt(fleet, primary.value.name, signal);
  if (!seen.ok) return seen;
  const { host, inventory } = seen.value;
  if (to === null) {
    const place = findSubvolume(inventory, subvolume);
    return place.ok ? inPlace(host, place.value, null) : place;
  }
  const filesystem = filesystemAt(inventory, to);
  if (!filesystem) return ok(onNoBtrfs(host, to, false));
  return elsewhere(host, inventory, filesystem, to);
}

/** As the kernel has it. */
const plainPath = (path: string): string =>
  (path.startsWith('/') ? '/' : '') +
  path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');

const onNoBtrfs = (host: Host, root: string, isOwn: boolean): TargetPlace => ({
  ...{ host, root, directory: '', kept: null, isOwn, freeBytes: null },
});

function inPlace(host: Host, place: Place, directory: string | null): Result<TargetPlace> {
  const { filesystem, subvolume, path, mount } = place;
  if (replacedOf(baseName(subvolume.path))) return failed(isAside(host.server.name, path, subvolume.path));
  const isReadOnly = subvolume.readOnly || nearestMount(filesystem, path)?.readOnly === true;
  if (isReadOnly) return failed(readOnly(host.server.name, path));
  return ok({
    ...{ host, root: path, directory, isOwn: false, freeBytes: filesystem.space.freeBytes },
    kept: {
      ...{ filesystem, inside: subvolume.path, uuid: subvolume.uuid, snapshots: place.directory },
      way: belowMount(mount, place.directory),
    },
  });
}

/** In whatever subvolume it lies. */
function elsewhere(
  host: Host,
  inventory: Inventory,
  filesystem: Filesystem,
  to: string,
): Result<TargetPlace> {
  const { listing } = filesystem;
  if (!listing.ok) return listing;
  const holder = listing.value
    .filter(({ absolutePath }) => absolutePath !== null && pathBelow(absolutePath, to) !== null)
    .toSorted((a, b) => (b.absolutePath?.length ?? 0) - (a.absolutePath?.length ?? 0))[0];
  const path = holder?.absolutePath ?? null;
  if (!holder || path === null) return failed(notShown(host.server.name, to));
  const place = placeOf(inventory.server, filesystem, holder);
  if (!place.ok) return place;
  return inPlace(host, place.value, pathBelow(path, to) ?? '');
}

const notAbsolute = (to: string): Fault =>
  fault(
    'usage',
    `${JSON.stringify(to)} is no absolute path.`,
    'Write it in full, beginning with "/" and without "..".',
  );

const toWhere = (): Fault =>
  fault(
    'usage',
    'Files are brought to this machine only to a directory that is named.',
    'Say where: --to DIRECTORY.',
  );

const isAside = (server: string, path: string, inside: string): Fault =>
  fault(
    'refused',
    `${path} on ${server} shows what a restore put aside, ${baseName(inside)}.`,
    'Mount it again first, so that it shows what was restored.',
    { server },
  );

const readOnly = (server: string, path: string): Fault =>
  fault(
    'read-only-filesystem',
    `${path} on ${server} is mounted read-only, or is a read-only subvolume.`,
    `Bring the files elsewhere with "--to". A filesystem that became read-only by itself has errors: read "dmesg" on ${server}.`,
    { server },
  );

const notShown = (server: string, to: string): Fault =>
  fault(
    'not-mounted',
    `Which subvolume ${to} on ${server} lies in is not known: only a directory of it is mounted there.`,
    'Name a directory in a subvolume that "btrfleet subvolume list" shows.',
    { server },
  );
