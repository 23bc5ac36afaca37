/** Lists one directory of a snapshot, a replica or a subvolume, a page at a time. It follows no link and changes nothing. */
import { browseCommand, linksCommand, linksInput } from '../../btrfs/ask/browse-script.ts';
import { createDirectoryReader } from '../../btrfs/read/directory.ts';
import { parseFileStat } from '../../btrfs/read/file-stat.ts';
import { eachPiece, LINE_END, MIB, NUL, readOutput } from '../../hosts/port/bounded-output.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bytesOfName, nameFromBytes } from '../../model/file-name.ts';
import {
  type BrowseWish,
  EMPTY_SUBVOLUME,
  type FileEntry,
  type FilePage,
  type FileStat,
  PAGE,
} from '../../model/files.ts';
import { harmless } from '../../model/harmless.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { joinPath } from '../../model/snapshot.ts';
import { pathInside } from '../../plan/files/path-inside.ts';
import { LIVE } from '../../plan/files/readable-tree.ts';
import { noStat, obstacleOf, treeFault, unsendable } from '../../plan/files/tree-fault.ts';
import type { Fleet } from '../ground/fleet.ts';
import { type LocatedTree, locateTree } from './locate.ts';

/**
 * Faults: usage, no-such-file, not-readable (never an empty list instead), unsafe-path (a link in the way),
 * nested-subvolumes (another subvolume or mount begins there), tool-missing, and those of `locateTree`.
 */
export async function browse(fleet: Fleet, wish: BrowseWish, signal: AbortSignal): Promise<Result<FilePage>> {
  const tree = await locateTree(fleet, wish, signal);
  if (!tree.ok) return tree;
  const inside = pathInside(tree.value.subvolume, wish.path ?? '');
  return inside.ok ? browseTree(tree.value, { ...wish, path: inside.value }, signal) : inside;
}

/** The same where the tree is found already; `path` is below its root. */
export async function browseTree(
  tree: LocatedTree,
  { path = '', limit = PAGE, after = '' }: Pick<BrowseWish, 'path' | 'limit' | 'after'>,
  signal: AbortSignal,
): Promise<Result<FilePage>> {
  const inside = bytesOfName(path);
  const from = bytesOfName(after);
  if (inside === null || from === null) return failed(unsendable(path));
  const place = { root: tree.path, inside };
  const seen = createPage(path, limit);
  // One more says whether it was the last page.
  const command = browseCommand({ ...place, after: from, most: limit + 1 });
  const stream = await tree.host.stream(command, { limit: SILENCE, signal });
  if (!stream.ok) return stream;
  stream.value.stdin.end();
  const about = { server: tree.host.server.name, label: 'listing a directory', bound: BOUND };
  const end = await readOutput(stream.value, about, eachPiece(LINE_END, seen.take));
  if (!end.ok) return end;
  const page = settle(tree, path, seen, stream.value.stderr());
  return page.ok ? withTargets(tree, place, page.value, signal) : page;
}

const SILENCE = { of: 'silence', seconds: 120 } as const;
/** Far more than the longest names of a page. */
const BOUND = { bytes: 64 * MIB, lines: true };

interface Page {
  take(line: Uint8Array): void;
  isFull(): boolean;
  readonly self: () => FileEntry | null;
  readonly entries: readonly FileEntry[];
  /** What the script said beside entries: the first word, and all of them. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  /** Lines that were no entry. */
  readonly odd: () => number;
}

/** Holds no more than a page, however large the directory is. */
function createPage(path: string, limit: number): Page {
  const words = new Map<string, readonly string[]>();
  const entries: FileEntry[] = [];
  let self: FileEntry | null = null;
  let odd = 0;
  let isOver = false;
  const entryOf = (name: string, stat: FileStat): FileEntry => {
    const isApart = self !== null && stat.device !== self.device;
    const isOther = stat.kind === 'directory' && (isApart || stat.inode === EMPTY_SUBVOLUME);
    return { ...stat, name, path: path === '' ? name : `${path}/${name}`, isOther, target: null };
  };
  const take = createDirectoryReader({
    onWord: (said) => words.set(said[0] ?? '', said.slice(1)),
    onEntry: (bytes, fields) => {
      isOver = entries.length === limit;
      if (isOver) return;
      const stat = parseFileStat(fields);
      if (stat === null) odd += 1;
      else if (self === null) self = { ...entryOf(path.slice(path.lastIndexOf('/') + 1), stat), path };
      else entries.push(entryOf(nameFromBytes(bytes), stat));
    },
  });
  return { take, isFull: () => isOver, self: () => self, entries, words, odd: () => odd };
}

function settle(tree: LocatedTree, path: string, seen: Page, stderr: string): Result<FilePage> {
  const server = tree.host.server.name;
  const name = { server, root: tree.path };
  const { words } = seen;
  if (words.has('tool')) return failed(noStat(server));
  const lost = words.get('lost');
  if (lost) return failed(treeFault(name, obstacleOf(lost[0]), ''));
  const stopped = words.get('stopped');
  if (stopped) {
    const names = path.split('/').slice(0, Number(stopped[1] ?? 0) + 1);
    return failed(treeFault(name, obstacleOf(stopped[0]), names.join('/')));
  }
  const self = seen.self();
  if (self === null) return failed(cutOff(server, path, stderr));
  // Empty in a snapshot, whatever is in that subvolume.
  if (self.isOther) return failed(treeFault(name, 'other', path));
  const isWhole = seen.isFull() || hasEnded(words.get('end'), words.has('directory'));
  const last = seen.entries.at(-1)?.name ?? null;
  const notes = [
    ...(tree.note ? [tree.note] : []),
    ...(isWhole && seen.odd() === 0 ? [] : [cutOff(server, path, stderr)]),
  ];
  return ok({
    ...{ server, subvolume: tree.subvolume, snapshot: tree.snapshot?.name ?? LIVE, root: tree.path },
    ...{ state: tree.snapshot?.state ?? null, path, self, entries: seen.entries, notes },
    next: seen.isFull() ? last : null,
  });
}

/** What the list is made by, in a row; of what is no directory there is one. Behind a full page they are cut off. */
const PROGRAMS = ['find', 'tr', 'sort', 'behind', 'head', 'names', 'xargs'];

/** Each of them has done all of it. */
function hasEnded(said: readonly string[] = [], isDirectory: boolean): boolean {
  const codes = new Map(said.flatMap((word, at) => (at % 2 === 0 ? [[word, said[at + 1]] as const] : [])));
  return (isDirectory ? PROGRAMS : ['stat']).every((program) => codes.get(program) === '0');
}

/** Where its links lead to. */
async function withTargets(
  tree: LocatedTree,
  place: { readonly root: string; readonly inside: Uint8Array },
  page: FilePage,
  signal: AbortSignal,
): Promise<Result<FilePage>> {
  const isFile = page.self.kind !== 'directory';
  const links = [page.self, ...page.entries].filter(({ kind }) => kind === 'link');
  const names = links.flatMap(({ name }) => bytesOfName(name) ?? []);
  if (names.length === 0) return ok(page);
  const at = isFile ? { ...place, inside: parentOf(place.inside) } : place;
  const stream = await tree.host.stream(linksCommand(at), { limit: SILENCE, signal });
  if (!stream.ok) return stream;
  const targets: string[] = [];
  const take = eachPiece(NUL, (bytes) => targets.push(nameFromBytes(bytes)));
  const bound = { bytes: names.length * LONGEST_TARGET, lines: false };
  const end = readOutput(
    stream.value,
    { server: tree.host.server.name, label: 'reading links', bound },
    take,
  );
  stream.value.stdin.end(linksInput(names));
  const ended = await end;
  if (!ended.ok) return ended;
  const found = new Map(links.map((link, index) => [link, targets[index] || null]));
  const told = (one: FileEntry): FileEntry => ({ ...one, target: found.get(one) ?? null });
  return ok({ ...page, self: told(page.self), entries: page.entries.map(told) });
}

/** PATH_MAX. */
const LONGEST_TARGET = 4097;

const parentOf = (path: Uint8Array): Uint8Array => path.subarray(0, Math.max(0, path.lastIndexOf(SLASH)));

const SLASH = 0x2f;

const cutOff = (server: string, path: string, stderr: string): Fault => {
  const [first = ''] = stderr.trim().split('\n');
  const why = first === '' ? '' : ` The server said: ${JSON.stringify(first.slice(0, 200))}.`;
  return fault(
    'listing-failed',
    `Not all of ${harmless(joinPath('/', path))} on ${server} could be listed: something in it vanished, or could not be read.${why}`,
    'Try again. If it stays so, look at that directory there.',
    { server, retry: true },
  );
};
