/** Decides whether a snapshot somebody chose may be deleted at all. It deletes nothing. */
import { command, quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOfSnapshot, type Hold, type Snapshot } from '../../model/snapshot.ts';

/** Null: it may go. Faults: foreign-snapshot, locked (half received), refused (mounted), held. */
export function whyKept(snapshot: Snapshot, server: string, holds: readonly Hold[]): Fault | null {
  if (snapshot.diverged) {
    return fault(
      'foreign-snapshot',
      `${snapshot.path} was made while ${server} was the primary, after what the subvolume goes on from: it may be the only copy.`,
      `btrfleet never deletes it. Look at what is in it; if it shall go: "btrfs subvolume delete ${quoteWord(snapshot.path)}" there.`,
      { server },
    );
  }
  if (snapshot.state === 'foreign') {
    return fault(
      'foreign-snapshot',
      `${snapshot.path} on ${server} was not made by btrfleet.`,
      `btrfleet never deletes what it did not make. If it shall go: "btrfs subvolume delete ${quoteWord(snapshot.path)}" there.`,
      { server },
    );
  }
  if (snapshot.state === 'partial') {
    return fault(
      'locked',
      `${snapshot.path} on ${server} is being received, or was left by a replication that broke.`,
      'The next replication there removes what is left over; what is being received must not be touched.',
      { server },
    );
  }
  const [mountedAt] = snapshot.mountedAt ?? [];
  if (mountedAt !== undefined) {
    return fault(
      'refused',
      `${snapshot.path} on ${server} is mounted at ${mountedAt}: whoever uses it there would lose it.`,
      `Unmount it there first: umount ${quoteWord(mountedAt)}`,
      { server },
    );
  }
  const hold = holds.find((one) => one.originId === bornIdOfSnapshot(snapshot));
  if (!hold) return null;
  return fault(
    'held',
    `${snapshot.path} on ${server} is held${hold.note ? `: ${hold.note}` : ''}.`,
    `Release it first: "${command('snapshot', 'release', hold.subvolume, hold.name)}".`,
    { server },
  );
}
