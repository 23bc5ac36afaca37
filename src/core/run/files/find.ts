/**
 * Finds in which snapshots a name lives, the newest first, within a budget of time. What it did not get to is told: nothing
 * is said not to be where nobody looked.
 */
import { findCommand } from '../../btrfs/ask/find-script.ts';
import { treesInput } from '../../btrfs/ask/versions-script.ts';
import { createFindReader } from '../../btrfs/read/found.ts';
import { eachPiece, MIB, NUL, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import { cancelledFault } from '../../hosts/port/stream-faults.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bytesOfName, nameFromBytes } from '../../model/file-name.ts';
import type { FindWish, FoundNames, SeenTree } from '../../model/file-versions.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { pathBelow } from '../../model/snapshot.ts';
import { findSubvolume, subvolumesOf } from '../../plan/catalog/catalog.ts';
import { obstacleOf, treeFault, unsendable } from '../../plan/files/tree-fault.ts';
import { type Fleet, primaryServer, serverNamed } from '../ground/fleet.ts';
import { isRemembered, originNow, withReplicas } from './remembered.ts';
import { type Looked, newestFirst, treesOf } from './trees.ts';
import { lastLook, lookInTime } from './versions.ts';

/** So many different paths are held. */
const MOST_PATHS = 10_000;

/** Faults: usage, no-such-server, no-such-subvolume, no-primary, and those of a look. */
export async function findNames(
  fleet: Fleet,
  wish: FindWish,
  signal: AbortSignal,
): Promise<Result<FoundNames>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const server = wish.server === null ? primary : serverNamed(fleet, wish.server);
  if (!server.ok) return server;
  const isPrimary = server.value.name === primary.value.name;
  const [origins, looked] = await Promise.all([
    lookInTime(fleet, primary.value.name, signal),
    isPrimary ? null : lookInTime(fleet, server.value.name, signal),
  ]);
  const known = lastLook(fleet, primary.value.name, origins);
  if (!known.ok) return known;
  const here = looked ?? origins;
  if (!here.ok) return here;
  const trees = treesToSearch(fleet, here.value, isPrimary, known.value, wish.subvolume);
  if (!trees.ok) return trees;
  const pattern = patternOf(wish);
  if (!pattern.ok) return pattern;
  const { searched, faults } = trees.value;
  const found = await search(here.value.host, searched, pattern.value, wish.budgetSeconds, signal);
  return signal.aborted ? failed(stopped(here.value.host.server.name)) : ok({ ...found, notListed: faults });
}

type Search = Omit<FoundNames, 'notListed'>;

interface Searched {
  readonly subvolume: string;
  readonly tree: SeenTree;
}

/** The newest first, whatever subvolume it is of. */
function treesToSearch(
  fleet: Fleet,
  here: Looked,
  isPrimary: boolean,
  known: Inventory,
  subvolume: string | null,
): Result<{ readonly searched: readonly Searched[]; readonly faults: readonly Fault[] }> {
  const wanted =
    subvolume === null
      ? allSubvolumes(fleet, known, here.inventory.server)
      : ok([canonical(known, subvolume)]);
  if (!wanted.ok) return wanted;
  const found: Searched[] = [];
  const faults: Fault[] = [];
  for (const path of wanted.value) {
    const origin = originNow(fleet.journal, known, path);
    if (!origin.ok) return origin;
    const trees = treesOf(fleet, here, isPrimary, path, origin.value);
    found.push(...trees.trees.map((tree) => ({ subvolume: path, tree })));
    faults.push(...trees.faults);
  }
  const [path = ''] = wanted.value;
  const isNowhere = subvolume !== null && found.length === 0 && isRemembered(fleet.journal, path);
  if (isNowhere) return failed(nothingLeft(fleet, here.inventory.server, path));
  const searched = found.toSorted((a, b) => newestFirst(a.tree, b.tree));
  return ok({ searched, faults });
}

const canonical = (known: Inventory, subvolume: string): string => {
  const place = findSubvolume(known, subvolume);
  return place.ok ? place.value.path : subvolume;
};

/** Also those that are gone and of which something was sent there. */
function allSubvolumes({ journal }: Fleet, { filesystems }: Inventory, server: string): Result<string[]> {
  const paths: string[] = [];
  for (const filesystem of filesystems) {
    const used = subvolumesOf(filesystem);
    if (!used.ok) return used;
    paths.push(...used.value.flatMap(({ absolutePath }) => absolutePath ?? []));
  }
  return ok([...new Set([...paths, ...journal.sentTo(server)])]);
}

const nothingLeft = ({ journal }: Fleet, server: string, subvolume: string): Fault =>
  withReplicas(
    journal,
    subvolume,
    fault('no-such-subvolume', `${server} has nothing of ${subvolume}.`, '', { server }),
    ['find', 'PATTERN', subvolume],
  );

interface Pattern {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

function patternOf({ pattern, subvolume }: FindWish): Result<Pattern> {
  const isAbsolute = pattern.startsWith('/');
  const root = subvolume === null ? null : subvolume.replace(/\/+$/, '') || '/';
  const below = isAbsolute && root !== null ? pathBelow(root, pattern) : pattern;
  if (pattern === '' || below === '' || pattern.includes('\0')) return failed(noPattern(pattern));
  if (below === null || below.startsWith('/')) return failed(absolutePattern(pattern));
  const bytes = bytesOfName(below);
  return bytes === null
    ? failed(unsendable(pattern))
    : ok({ bytes, isWhole: isAbsolute || below.includes('/') });
}

/** Names that are found; far more than anybody reads. */
const BOUND = { bytes: 256 * MIB, lines: false };

async function search(
  host: Host,
  trees: readonly Searched[],
  pattern: Pattern,
  seconds: number,
  signal: AbortSignal,
): Promise<Search> {
  const server = host.server.name;
  const book = createBook(server, trees);
  const budget = AbortSignal.timeout(seconds * 1000);
  const limit = { of: 'whole', seconds } as const;
  const options = { limit, signal: AbortSignal.any([signal, budget]) };
  const stream =
    trees.length === 0 ? null : await host.stream(findCommand(pattern.bytes, pattern.isWhole), options);
  if (stream === null) return book.told(null, null);
  if (!stream.ok) return book.told(stream.fault, null);
  const { value } = stream;
  const take = eachPiece(NUL, createFindReader(book));
  const about = { server, label: 'find', bound: BOUND };
  const end = readOutput(value, about, (chunk) => {
    take(chunk);
    if (book.isFull()) value.stop();
  });
  value.stdin.end(treesInput(trees.map(({ tree }) => tree)));
  const ended = await end;
  if (book.isFull()) return book.told(null, 'too-many');
  const isOver = !signal.aborted && (budget.aborted || (!ended.ok && ended.fault.code === 'stalled'));
  if (isOver) return book.told(null, 'budget');
  return book.told(ended.ok ? null : ended.fault, null);
}

interface Book {
  onFound(tree: number, path: Uint8Array): void;
  onEnd(tree: number, code: number | null): void;
  onLost(tree: number, why: string): void;
  isFull(): boolean;
  /** `why`: of what was not got to, where it is not the end of the budget. */
  told(why: Fault | null, ended: FoundNames['ended']): Search;
}

function createBook(server: string, trees: readonly Searched[]): Book {
  const found = new Map<string, { subvolume: string; path: string; snapshots: string[] }>();
  const faults = new Map<number, Fault | null>();
  return {
    onFound(number, bytes) {
      const searched = trees[number];
      if (!searched || found.size >= MOST_PATHS) return;
      const { subvolume, tree } = searched;
      const path = nameFromBytes(bytes);
      const key = `${subvolume}\0${path}`;
      const before = found.get(key);
      if (before) before.snapshots.push(tree.snapshot);
      else found.set(key, { subvolume, path, snapshots: [tree.snapshot] });
    },
    onEnd(number, code) {
      const tree = trees[number]?.tree;
      if (tree) faults.set(number, code === 0 ? null : notAll(tree));
    },
    onLost(number, why) {
      const tree = trees[number]?.tree;
      if (tree) faults.set(number, treeFault(tree, obstacleOf(why), ''));
    },
    isFull: () => found.size >= MOST_PATHS,
    told(why, ended) {
      const left = why ?? (ended === null ? cutOff(server) : notReached(server, ended));
      const notLooked = trees.flatMap((one, number) => {
        const here = faults.has(number) ? faults.get(number) : left;
        return here ? [{ ...one, fault: here }] : [];
      });
      const whole = trees.filter((_, number) => faults.get(number) === null);
      return {
        ...{ server, matches: [...found.values()], total: trees.length, looked: whole.length },
        ...{ lookedTo: whole.at(-1)?.tree ?? null, notLooked, ended },
      };
    },
  };
}

const notAll = ({ server, root }: SeenTree): Fault =>
  fault(
    'not-readable',
    `Not all of ${root} on ${server} could be read, so more may be in it.`,
    'The user btrfleet logs in as may not read everything there. As root it is read whole; if it is root, see "dmesg" there.',
    { server },
  );

const notReached = (server: string, ended: 'budget' | 'too-many'): Fault =>
  fault(
    'stalled',
    ended === 'budget'
      ? `The time was up before it was looked through on ${server}.`
      : `${MOST_PATHS} different paths were found on ${server} before it was looked through.`,
    ended === 'budget' ? 'Give it more time (--budget 5m), or name the subvolume.' : 'Ask for a longer name.',
    { server },
  );

const cutOff = (server: string): Fault =>
  fault('listing-failed', `Looking for names on ${server} ended before its end.`, 'Try again.', {
    server,
    retry: true,
  });

const stopped = (server: string): Fault => cancelledFault(server, 'looking for names');

const noPattern = (pattern: string): Fault =>
  fault(
    'usage',
    `${JSON.stringify(pattern)} is no name to look for.`,
    'Such as "*.txt", or "docs/*.txt" below the subvolume.',
  );

const absolutePattern = (pattern: string): Fault =>
  fault(
    'usage',
    `${pattern} does not lie in the subvolume that is looked in.`,
    'Name the subvolume it lies in as well, or write the pattern below the subvolume.',
  );
