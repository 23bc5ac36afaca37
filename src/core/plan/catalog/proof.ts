/**
 * Decides of which subvolumes of a filesystem the id proves the content, from its listing and what is remembered. It
 * never guesses: what it cannot tell is in doubt until somebody has looked closer, and it says at what.
 *
 * The `gen` that btrfs lists only ever moves, so where it stands still nothing was written. It moves for other reasons,
 * too: a snapshot made of it, a balance, orphans that are cleaned up. Then `ctransid` decides, which moves with the
 * inodes alone, and which the first command of a send stream tells.
 */

import type { Doubt, Subvolume } from '../../model/inventory.ts';
import type { Evidence, Proof } from '../../model/proof.ts';
import { type Marks, NO_MARKS } from '../../model/runs/different.ts';
import { differentAmong } from './different.ts';

/** `metadata`: only all of its metadata can tell. */
export interface OpenQuestion {
  readonly entry: Subvolume & { readonly uuid: string };
  readonly kind: 'header' | 'metadata';
}

export interface Judged {
  readonly entries: readonly Subvolume[];
  readonly open: readonly OpenQuestion[];
}

/** `marks`: what was compared with its source and is not the same, also what is gone by now. */
export function judge(
  listing: readonly Subvolume[],
  memory: ReadonlyMap<string, Proof>,
  marks: Marks = NO_MARKS,
): Judged {
  const family = familyOf(listing);
  const different = differentAmong(listing, marks);
  const open: OpenQuestion[] = [];
  const entries = listing.map((entry) => {
    const { uuid } = entry;
    if (uuid === null) return entry;
    const isDifferent = entry.readOnly && different.has(uuid);
    const verdict = isDifferent ? DIFFERENT : verdictOf({ ...entry, uuid }, family, memory);
    if (verdict.open !== null) open.push({ entry: { ...entry, uuid }, kind: verdict.open });
    return withDoubt(entry, verdict.doubt);
  });
  return { entries, open };
}

interface Verdict {
  readonly doubt: Doubt | null;
  readonly open: OpenQuestion['kind'] | null;
}

const PROVEN: Verdict = { doubt: null, open: null };
/** Whatever is found out of it by a look. */
const DIFFERENT: Verdict = { doubt: 'different', open: null };

function verdictOf(
  entry: Subvolume & { readonly uuid: string },
  family: Family,
  memory: ReadonlyMap<string, Proof>,
): Verdict {
  const { readOnly, receivedUuid, generation, createdGeneration } = entry;
  if (!readOnly) return receivedUuid === null ? PROVEN : { doubt: 'live', open: null };
  if (isOfLive(entry, family)) return { doubt: 'inherited', open: null };
  const known = memory.get(entry.uuid);
  if (known?.generation === generation) {
    return { doubt: known.doubt, open: known.doubt === 'unchecked' ? 'metadata' : null };
  }
  if (receivedUuid === null && generation === createdGeneration) return PROVEN;
  return { doubt: 'unchecked', open: 'header' };
}

type Family = ReadonlyMap<string, Subvolume>;

const familyOf = (listing: readonly Subvolume[]): Family =>
  new Map(listing.flatMap((entry) => (entry.uuid === null ? [] : [[entry.uuid, entry] as const])));

const parentOf = ({ parentUuid }: Subvolume, family: Family): Subvolume | undefined =>
  parentUuid === null ? undefined : family.get(parentUuid);

/** Its parent is writable and bears the very id: the id was copied, and is that of every snapshot of that parent. */
function isOfLive(entry: Subvolume, family: Family): boolean {
  const parent = parentOf(entry, family);
  return (
    entry.receivedUuid !== null && parent?.readOnly === false && parent.receivedUuid === entry.receivedUuid
  );
}

const withDoubt = (entry: Subvolume, doubt: Doubt | null): Subvolume => {
  if ((entry.doubt ?? null) === doubt) return entry;
  const { doubt: _, ...plain } = entry;
  return doubt === null ? plain : { ...plain, doubt };
};

/** A receive sets its time last; the clocks of inodes are coarser than that by less than this. */
const CLOCK_STEP_SECONDS = 1;

/**
 * What a closer look at `entry` proves. `judged`: all of the filesystem, as far as it is judged. Of what was remembered
 * only a change since then counts: what it was then is remembered, too.
 */
export function weigh(
  entry: Subvolume,
  evidence: Evidence,
  known: Proof | undefined,
  judged: readonly Subvolume[],
): Proof['doubt'] {
  if (known && known.doubt !== 'unchecked')
    return evidence.changed === known.changed ? known.doubt : 'changed';
  if (entry.createdGeneration === null) return 'unchecked';
  if (entry.receivedUuid === null) return evidence.changed <= entry.createdGeneration ? null : 'changed';
  const { received, newestSeconds } = evidence;
  if (received === null) return 'unchecked';
  if (received.transid < entry.createdGeneration) return doubtOfCopy(entry, evidence, judged);
  // What was written by then may reach the disk later: only a standing gen, or the inodes' own times, can tell.
  if (evidence.changed <= received.transid || entry.generation === entry.createdGeneration) return null;
  if (newestSeconds === null) return 'unchecked';
  return newestSeconds <= received.atSeconds + CLOCK_STEP_SECONDS ? null : 'changed';
}

/** A local snapshot that copied its id. Of a read-only replica it is the same content; of anything else nobody knows. */
function doubtOfCopy(entry: Subvolume, { changed }: Evidence, judged: readonly Subvolume[]): Proof['doubt'] {
  const parent = parentOf(entry, familyOf(judged));
  if (!parent?.readOnly || parent.receivedUuid !== entry.receivedUuid) return 'inherited';
  if (changed > (entry.createdGeneration ?? 0)) return 'changed';
  if (parent.doubt === 'live') return 'inherited';
  // By the mark of its original it is told to differ itself; should that be taken back, somebody has to look again.
  return parent.doubt === 'different' ? 'unchecked' : (parent.doubt ?? null);
}

/** Those that are looked at first: of each directory the newest, then the second newest. */
export function mostUseful(open: readonly OpenQuestion[], limit: number): OpenQuestion[] {
  const ranks = new Map<string, number>();
  return open
    .filter(({ entry }) => entry.absolutePath !== null)
    .toSorted((a, b) => (a.entry.path < b.entry.path ? 1 : -1))
    .map((question) => {
      const { path } = question.entry;
      const directory = path.slice(0, path.lastIndexOf('/') + 1);
      const rank = ranks.get(directory) ?? 0;
      ranks.set(directory, rank + 1);
      return { question, rank };
    })
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ question }) => question);
}
