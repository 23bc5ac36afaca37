/**
 * Decides which lines of the subvolume lists are believed. Anybody on the server may name a subvolume or directory so
 * that, through a newline, the list shows a line btrfs never wrote; such a line must not become a subvolume.
 */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { escaped } from '../messages/escaped.ts';
import type { ListEntry, ListLine } from './subvolume-list.ts';

/** The four lists of one filesystem, taken in this order. */
export interface SubvolumeLists {
  /** Everything, by rising id, in full. */
  readonly ascending: readonly ListLine[];
  readonly readOnly: readonly ListLine[];
  /** With creation times. */
  readonly snapshots: readonly ListLine[];
  /** Everything again, by falling id, with received uuids. */
  readonly descending: readonly ListLine[];
}

export interface TrustedSubvolume extends ListEntry {
  readonly createdGeneration: number;
  readonly readOnly: boolean;
}

export interface Trusted {
  /** By rising id. One made or deleted while the lists were taken is left out: the next look shows it. */
  readonly subvolumes: readonly TrustedSubvolume[];
  /** One for every line left out because it could not be believed. */
  readonly problems: readonly Fault[];
}

/** Where the lists are from, for messages. */
interface About {
  readonly server: string;
  readonly mount: string;
}

/**
 * What follows a newline stands behind the same line in both orders, while a real neighbour changes sides: that tells
 * every line of a name apart from the real ones, whatever it looks like. Neither it nor the line it belongs to is
 * believed; an id must then be listed once by rising and once by falling id, the same both times.
 * Faults: listing-failed, when the lists are not in the order that was asked for.
 */
export function trustedSubvolumes(lists: SubvolumeLists, about: About): Result<Trusted> {
  const rests = restsOfNames(lists.ascending, lists.descending);
  const { agreed, problems } = agreement(lists, rests, about);
  const rising = agreed.every(([{ id }], index) => index === 0 || id > (agreed[index - 1]?.[0].id ?? 0));
  // With two lines or more and none of them believed it is the order itself that is wrong.
  if (!rising || (agreed.length === 0 && lists.ascending.length > 1))
    return failed(outOfOrder(about, problems));
  const readOnly = believed(lists.readOnly, rests);
  const dated = believed(lists.snapshots, rests);
  const subvolumes = agreed.map(([first, again]): TrustedSubvolume => {
    const date = dated.get(first.id);
    const createdAt = date !== undefined && sameSubvolume(first, date) ? date.createdAt : null;
    return { ...settled(first, again, readOnly.get(first.id)), createdAt };
  });
  return ok({ subvolumes, problems: capped(problems, about) });
}

/** Made where it is told: of a million odd lines twenty are. */
type Problem = () => Fault;

interface Agreement {
  /** The same entry as the first and as the last list has it. */
  readonly agreed: readonly (readonly [ListEntry, ListEntry])[];
  readonly problems: readonly Problem[];
}

function agreement({ ascending, descending }: SubvolumeLists, rests: Rests, about: About): Agreement {
  const first = believed(ascending, rests);
  const last = believed(descending, rests);
  const listedLast = new Set(descending.map(({ key }) => key));
  const problems: Problem[] = [];
  const agreed: (readonly [ListEntry, ListEntry])[] = [];
  ascending.forEach((line, index) => {
    const entry = isWhole(ascending, index, rests) ? line.entry : null;
    if (entry === null || !first.has(entry.id) || entry.path.includes('\ufffd')) {
      problems.push(() => unsupported(line, about));
      return;
    }
    const again = last.get(entry.id);
    if (again !== undefined && sameSubvolume(entry, again)) agreed.push([entry, again]);
    else if (listedLast.has(line.key)) problems.push(() => changed(entry, about));
  });
  return { agreed, problems };
}

/** Pairs of neighbours of which the second is no line of its own but the rest of a name. */
type Rests = ReadonlySet<string>;

function restsOfNames(ascending: readonly ListLine[], descending: readonly ListLine[]): Rests {
  if (areOpposite(ascending, descending)) return new Set();
  const pairs = new Set(descending.map((_, index) => pairAt(descending, index)));
  return new Set(
    ascending.flatMap((_, index) => pairAt(ascending, index) ?? []).filter((pair) => pairs.has(pair)),
  );
}

/** Nearly always: the one list is the other one backwards, and no line comes twice, so no pair of neighbours does. */
const areOpposite = (ascending: readonly ListLine[], descending: readonly ListLine[]): boolean =>
  ascending.length === descending.length &&
  ascending.every(
    ({ entry, key }, index) =>
      entry !== null &&
      (index === 0 || entry.id > (ascending[index - 1]?.entry?.id ?? entry.id)) &&
      key === descending[descending.length - 1 - index]?.key,
  );

const pairAt = (lines: readonly ListLine[], index: number): string | null => {
  const [before, line] = [lines[index - 1], lines[index]];
  return before === undefined || line === undefined ? null : `${before.key}\n${line.key}`;
};

/** Neither the rest of a name nor the beginning of one. */
const isWhole = (lines: readonly ListLine[], index: number, rests: Rests): boolean =>
  !isRest(lines, index, rests) && !isRest(lines, index + 1, rests);

function isRest(lines: readonly ListLine[], index: number, rests: Rests): boolean {
  const line = lines[index];
  if (line === undefined) return false;
  if (line.entry === null) return true;
  // Nearly always there are none, and putting a pair together costs more than all else here.
  const pair = rests.size === 0 ? null : pairAt(lines, index);
  return pair !== null && rests.has(pair);
}

/** Whole lines whose id no other whole line has. */
function believed(lines: readonly ListLine[], rests: Rests): ReadonlyMap<number, ListEntry> {
  const entries = new Map<number, ListEntry>();
  const twice = new Set<number>();
  lines.forEach(({ entry }, index) => {
    if (entry === null || !isWhole(lines, index, rests)) return;
    if (entries.has(entry.id)) twice.add(entry.id);
    entries.set(entry.id, entry);
  });
  for (const id of twice) entries.delete(id);
  return entries;
}

/**
 * A receive that is being finished while the lists are taken: the received uuid is there, read-only is not, or the
 * other way round. Until both are seen it is told as what it was: unfinished.
 */
function settled(first: ListEntry, again: ListEntry, listed: ListEntry | undefined): TrustedSubvolume {
  const entry = { ...first, createdGeneration: first.createdGeneration ?? 0 };
  if (first.receivedUuid !== again.receivedUuid) return { ...entry, receivedUuid: null, readOnly: false };
  return { ...entry, readOnly: listed !== undefined && sameSubvolume(first, listed) };
}

/** An id is never used again, so this only leaves out what was moved or renamed between two lists. */
const sameSubvolume = (a: ListEntry, b: ListEntry): boolean =>
  a.id === b.id && a.parentId === b.parentId && a.path === b.path;

const MOST_PROBLEMS = 20;

const capped = (problems: readonly Problem[], { server, mount }: About): Fault[] =>
  problems.length <= MOST_PROBLEMS
    ? problems.map((problem) => problem())
    : [
        ...problems.slice(0, MOST_PROBLEMS).map((problem) => problem()),
        fault(
          'unsupported-name',
          `${problems.length - MOST_PROBLEMS} more lines of the subvolume list of ${escaped(mount)} were left out.`,
          RENAME,
          { server },
        ),
      ];

const RENAME =
  'Look at the names with "btrfs subvolume list" there and rename the subvolume or directory that has a line break in its name.';

const unsupported = (line: ListLine, { server, mount }: About): Fault =>
  fault(
    'unsupported-name',
    `Line ${line.number} of the subvolume list of ${escaped(mount)} was left out, because a line break or invalid UTF-8 in a name leaves it doubtful: ${shown(line)}`,
    RENAME,
    { server },
  );

const shown = ({ entry, text }: ListLine): string =>
  entry === null ? escaped(text) : `id ${entry.id}, path ${escaped(entry.path)}`;

const changed = ({ path }: ListEntry, { server, mount }: About): Fault =>
  fault(
    'listing-failed',
    `${escaped(path)} on ${escaped(mount)} changed its name or place while it was being listed.`,
    'Look again.',
    { server, retry: true },
  );

const outOfOrder = ({ server, mount }: About, [problem]: readonly Problem[]): Fault =>
  fault(
    'listing-failed',
    `The subvolume list of ${escaped(mount)} cannot be believed: it is not in the order that was asked for.` +
      (problem === undefined ? '' : ` ${problem().message}`),
    'Check that "btrfs subvolume list --sort=-rootid" sorts by falling id there, and that no name has a line break in it.',
    { server },
  );
