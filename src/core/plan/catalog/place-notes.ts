/** Decides what somebody should know of a subvolume's place: what is not in its snapshots, and what no mount reaches. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Subvolume } from '../../model/inventory.ts';
import { baseName, isSnapshotName, parentDirectory } from '../../model/snapshot.ts';
import { otherHomes, type Place } from './catalog.ts';
import { isInUse } from './in-use.ts';

/** Its own that no mount reaches, so that nobody can read or delete them: left where a rollback put them. */
function unreachedSnapshots({ filesystem, directory, homes }: Place): readonly Subvolume[] {
  const { listing } = filesystem;
  if (!listing.ok) return [];
  const others = otherHomes(filesystem, directory, homes);
  return listing.value.filter(
    ({ path, absolutePath, readOnly }) =>
      readOnly &&
      absolutePath === null &&
      others.has(parentDirectory(`/${path}`)) &&
      isSnapshotName(baseName(path)),
  );
}

/** Null: every snapshot of it is reached. */
export function unreachedNote(place: Place): Fault | null {
  const left = unreachedSnapshots(place);
  const [first] = left;
  if (!first) return null;
  const count = `${left.length} ${left.length === 1 ? 'snapshot' : 'snapshots'}`;
  const { uuid } = place.filesystem;
  return fault(
    'not-mounted',
    `${count} of ${place.path} on ${place.server} from before a rollback or restore lie in ${parentDirectory(`/${first.path}`)} of the filesystem, which no mount reaches.`,
    `Mount its top level, so that they count as bases and retention can delete them: mount -o subvolid=5 UUID=${uuid} /mnt/top`,
    { server: place.server },
  );
}

export interface PlaceNote {
  readonly message: string;
  readonly hint: string;
}

/** Names that are told; of more only how many. */
const TOLD = 3;

/** Subvolumes inside of it that people use: btrfs leaves them out of a snapshot, as empty directories. */
export function nestedIn(place: Place): string[] {
  const { filesystem, subvolume } = place;
  const { listing } = filesystem;
  if (!listing.ok || subvolume.path === '') return [];
  const prefix = `${subvolume.path}/`;
  return listing.value
    .filter((one) => one.path.startsWith(prefix) && isInUse(filesystem, one))
    .map(({ absolutePath, path }) => absolutePath ?? `/${path}`)
    .toSorted();
}

/** What somebody must know who makes snapshots of it; `beside`: paths they are made of as well. Null: nothing. */
export function nestedNote(place: Place, beside: readonly string[] = []): PlaceNote | null {
  const nested = nestedIn(place).filter((path) => !beside.includes(path));
  const [first] = nested;
  if (first === undefined) return null;
  const shown = nested.slice(0, TOLD).join(', ');
  const names = nested.length > TOLD ? `${shown} and ${nested.length - TOLD} more` : shown;
  return {
    message: `Snapshots of ${place.path} do not hold the subvolumes inside of it: ${names}.`,
    hint:
      'Where they matter, give them a policy or task of their own, or make them together: ' +
      `btrfleet snapshot create --group ${quoteWord(place.path)} ${quoteWord(first)}`,
  };
}

export const noteText = ({ message, hint }: PlaceNote): string => `${message} ${hint}`;
