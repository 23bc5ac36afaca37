/** Says in words why an identity is not proven, and what mends it. It decides nothing. */
import { command, quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Doubt, Subvolume } from '../../model/inventory.ts';
import type { Snapshot } from '../../model/snapshot.ts';

/** After "…, because". */
export const WHY: Readonly<Record<Doubt, string>> = {
  live: 'it is writable and carries a received uuid',
  inherited:
    'its received uuid is that of the writable subvolume it was made of, so other snapshots have the same one',
  changed: 'it was made writable and written to after it was made',
  different: 'it was compared with its source and is not the same, or it was received on top of such a one',
  unchecked: 'whether it was written to since it was made could not be found out yet',
};

/** A subvolume in use that carries a received uuid: every snapshot of it would have the same origin id. */
export const isLiveReceived = ({
  readOnly,
  receivedUuid,
}: Pick<Subvolume, 'readOnly' | 'receivedUuid'>): boolean => !readOnly && receivedUuid !== null;

/** The two commands that clear the received uuid of a subvolume in use. */
export function clearCommands(path: string): string {
  const set = (value: string): string => `btrfs property set -f -t subvol ${quoteWord(path)} ro ${value}`;
  return `${set('true')} && ${set('false')}`;
}

export const liveReceived = (server: string, path: string): Fault =>
  fault(
    'live-received-uuid',
    `${path} on ${server} is writable and carries a received uuid, so all snapshots of it have one origin id, whatever is in them.`,
    `Clear it on ${server} as root, while nothing writes there: "${clearCommands(path)}". It is read-only for that moment. The next replication is a full one.`,
    { server },
  );

export const unproven = ({ path, doubt }: Pick<Snapshot, 'path' | 'doubt'>, server: string | null): Fault =>
  fault(
    'identity-unproven',
    `${path}${server === null ? '' : ` on ${server}`} is not taken for what its name says, because ${WHY[doubt ?? 'unchecked']}.`,
    mendOf(doubt),
    { server, retry: doubt === 'unchecked' },
  );

/** Only all of its content can prove it: what proves less does not compare it at all. */
export const notCompared = (
  replica: Pick<Snapshot, 'path' | 'doubt' | 'name'>,
  {
    subvolume,
    target,
    server,
  }: { readonly subvolume: string; readonly target: string; readonly server: string },
): Fault => ({
  ...unproven(replica, server),
  hint: `All of its content can prove it: ${command('verify', subvolume, '--to', target, '--snapshot', replica.name, '--level', 'content')}`,
});

function mendOf(doubt: Doubt | undefined): string {
  if (doubt === 'different') return MAY_BE_BETTER;
  return doubt === 'unchecked' ? LOOK_AGAIN : MAKE_ANEW;
}

const LOOK_AGAIN = 'Try again: each look finds out more. It takes the right to run "btrfs send" there.';
const MAKE_ANEW =
  'Make a new snapshot and replicate that one. If nobody needs what is in this one, delete it.';

/** Of one that was compared and differs: which of the two is right nobody knows. */
export const MAY_BE_BETTER =
  'Make a new snapshot and replicate that one. Keep this one until you know which is right: it may be the better copy.';
