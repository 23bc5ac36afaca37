/**
 * Decides which tree of files is read when somebody names a snapshot: what is proven to be of that subvolume, and whole.
 * What was changed since it was made may be read, and is told.
 */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { ambiguousSnapshot, noSuchSnapshot, notProven, snapshotsNamed } from '../catalog/named-snapshot.ts';

/** The subvolume itself, as it is now, among names of snapshots. One of that very name is named by its path. */
export const LIVE = 'live';

export interface TreeQuestion {
  readonly server: string;
  /** It is the primary of the subvolume: all that btrfs says was made of it is its own there. */
  readonly isPrimary: boolean;
  readonly subvolume: string;
  /** All that lies there, and is of it or may be. */
  readonly snapshots: readonly Snapshot[];
  /** Origin ids of what others made of the subvolume on its primary: what has one is the same, wherever it lies. */
  readonly foreignOrigins: ReadonlySet<string>;
  /** Name, or path where several bear one. */
  readonly wanted: string;
}

/** Faults: no-such-snapshot, refused (not proven to be of this subvolume, partial, several of that name). */
export function readableTree(question: TreeQuestion): Result<Snapshot> {
  const { server, subvolume, snapshots, wanted, isPrimary } = question;
  const list = isPrimary ? [subvolume] : [subvolume, '--server', server];
  const named = snapshotsNamed(snapshots, wanted);
  if (named.length === 0) {
    return failed(noSuchSnapshot(server, `${subvolume} has no snapshot ${wanted} on ${server}.`, list));
  }
  const proven = named.filter((one) => isOf(question, one));
  const [doubtful] = named;
  if (proven.length === 0 && doubtful) return failed(notProven(server, subvolume, doubtful));
  const whole = proven.filter(({ state }) => state !== 'partial');
  const [first, ...others] = whole;
  if (!first) return failed(isPartial(server, proven[0]?.path ?? wanted));
  // The same content on two disks: either will do.
  const isOne = others.every(({ originId }) => originId === first.originId);
  return isOne ? ok(first) : failed(ambiguousSnapshot(server, whole));
}

/** Who names it by its path has seen where it lies, and means that one, whatever it is of. */
const isOf = ({ isPrimary, foreignOrigins, wanted }: TreeQuestion, one: Snapshot): boolean =>
  isPrimary || one.path === wanted || isReadable(one, foreignOrigins);

/** Of what lies on another server than the primary: it is of that subvolume, and not only of that name. */
export const isReadable = (
  { state, diverged, originId }: Snapshot,
  foreignOrigins: ReadonlySet<string>,
): boolean => state !== 'foreign' || diverged === true || foreignOrigins.has(originId);

/** What somebody who reads it must know; null: it is what its name says, as far as btrfs proves. */
export function readingNote(
  server: string,
  { path, state, doubt, diverged, readOnly }: Snapshot,
): Fault | null {
  if (state === 'replaced') return null;
  if (doubt === 'different')
    return fault(
      'replica-modified',
      `${path} on ${server} is not what its source is, or was received on top of such a one.`,
      'It may be the better one: which of the two is right is not known. Compare what you take with what you know.',
      { server },
    );
  if (state === 'modified' || doubt === 'changed' || !readOnly) {
    return fault(
      'replica-modified',
      `${path} on ${server} ${readOnly ? 'was changed since it was made' : 'is writable'}: what is in it may not be what was in the subvolume.`,
      'Read it with care; another snapshot near in time tells more.',
      { server },
    );
  }
  if (diverged !== true) return null;
  return fault(
    'foreign-snapshot',
    `${path} on ${server} was made there while ${server} was the primary, after what the subvolume goes on from.`,
    'It may be the only copy of what was written then.',
    { server },
  );
}

const isPartial = (server: string, path: string): Fault =>
  fault(
    'refused',
    `${path} on ${server} was not received to its end: what is missing in it may have been in the snapshot all the same.`,
    'Take another snapshot, or replicate this one again first.',
    { server },
  );
