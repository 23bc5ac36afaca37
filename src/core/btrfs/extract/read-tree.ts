/** Decides what a server's answer to `extract/tree-script` says a tree holds. Each byte is looked at a fixed number of times. */

import {
  directoryOf,
  type EntryKind,
  inDirectory,
  isWithin,
  TOO_LONG,
  type Tree,
  type TreeEntry,
  type TreeRoot,
  type WayEnd,
} from '../../model/extract/tree.ts';
import { nameFromBytes } from '../../model/file-name.ts';

/** `changed`: its root is not what it was, or not there. `lacks`: a tool. `unread`: not all of it could be listed. */
export type SaidTree =
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'changed' | 'unread' | 'cut' | 'too-many' }
  | { readonly kind: 'lacks'; readonly tool: string };

export interface TreeReader {
  push(chunk: Uint8Array): void;
  /** More entries than are held: what comes is left. */
  readonly isFull: boolean;
  result(): SaidTree;
}

/** Far more than anybody restores by name, and what still fits into memory. */
const MOST_ENTRIES = 1_000_000;
/** Characters: two paths and what else is told of an entry. */
const LONGEST_FIELD = 16_384;
/** Bytes; Linux itself takes no longer ones. */
const LONGEST_PATH = 4096;
const LONGEST_NAME = 255;

/** `paths`: those that were asked for, in their order. */
export const createTreeReader = (nonce: string, paths: readonly string[]): TreeReader =>
  new Reader(nonce, paths);

class Reader implements TreeReader {
  readonly #nonce: string;
  readonly #paths: readonly string[];
  readonly #entries = new Map<string, TreeEntry>();
  readonly #roots = new Map<number, TreeRoot>();
  /** What something is mounted on. */
  readonly #mounts = new Set<string>();
  #rest = '';
  /** The first field of an answer, of which the second is not there yet. */
  #head: string | null = null;
  #said: SaidTree | null = null;
  #ended = false;
  #listedAt = '';

  constructor(nonce: string, paths: readonly string[]) {
    this.#nonce = nonce;
    this.#paths = paths;
  }

  get isFull(): boolean {
    const { size } = this.#entries;
    return size + this.#mounts.size > MOST_ENTRIES || this.#rest.length > LONGEST_FIELD;
  }

  push(chunk: Uint8Array): void {
    if (this.isFull) return;
    const searched = this.#rest.length;
    const text = this.#rest + binary(chunk);
    let at = 0;
    for (let end = text.indexOf('\0', searched); end >= 0; end = text.indexOf('\0', at)) {
      const field = text.slice(at, end);
      at = end + 1;
      if (this.#head === null) this.#head = field;
      else {
        this.#take(this.#head, field);
        this.#head = null;
      }
    }
    this.#rest = text.slice(at);
  }

  result(): SaidTree {
    if (this.isFull) return { kind: 'too-many' };
    if (this.#said) return this.#said;
    const isWhole = this.#ended && this.#listedAt !== '' && this.#roots.size === this.#paths.length;
    if (!isWhole) return { kind: 'cut' };
    const roots = this.#paths.flatMap((_, index) => this.#roots.get(index) ?? []);
    this.#partMounted();
    return { kind: 'tree', tree: { roots, entries: this.#entries, listedAt: this.#listedAt } };
  }

  #take(head: string, link: string): void {
    const [what = '', ...words] = head.split(' ');
    switch (what) {
      case 'lacks':
        this.#said = { kind: 'lacks', tool: words[0] ?? '' };
        return;
      case 'changed':
        this.#said = { kind: 'changed' };
        return;
      case 'failed':
        this.#said = { kind: 'unread' };
        return;
      case 'end':
        this.#ended = words[0] === this.#nonce;
        return;
      case 'now':
        if (isTime(words[0] ?? '')) this.#listedAt = words[0] ?? '';
        return;
      case 'way':
        this.#way(words);
        return;
      case 'm':
        // The root of the tree is what it is of, though it be a mount itself.
        if (head.length > 2) this.#mounts.add(nameOf(head.slice(2)));
        return;
      case 'a':
      case 'e':
      case 'l':
        this.#entry(what, head, words, link);
    }
  }

  /** What is mounted may be the same subvolume once more: it is no part of the tree all the same. */
  #partMounted(): void {
    const parted = new Set<string>();
    if (this.#mounts.size === 0) return;
    // They are not looked at.
    for (const path of this.#mounts)
      if (!this.#entries.has(path) && this.#isListed(path)) this.#entries.set(path, MOUNT);
    // A directory is listed before what is in it.
    for (const [path, entry] of this.#entries) {
      if (!this.#mounts.has(path) && !parted.has(directoryOf(path))) continue;
      parted.add(path);
      this.#entries.set(path, { ...entry, device: MOUNTED });
    }
  }

  /** It was asked for, and the directory it lies in is there. */
  #isListed(path: string): boolean {
    return this.#entries.has(directoryOf(path)) && this.#paths.some((root) => isWithin(path, root));
  }

  #way([index, depth, word]: readonly string[]): void {
    const path = this.#paths[Number(index)];
    const end = ENDS.find((one) => one === word);
    if (path !== undefined && end) this.#roots.set(Number(index), { path, end, depth: Number(depth) });
  }

  #entry(what: 'a' | 'e' | 'l', head: string, words: readonly string[], link: string): void {
    const root = this.#paths[Number(words[0])] ?? (what === 'a' ? '' : undefined);
    const entry = entryOf(words.slice(what === 'a' ? 2 : 1), link);
    // Of a name the blanks are its own: only what comes before it is split.
    const below = what === 'a' ? '' : head.slice(lengthOf(head, WORDS_BEFORE_NAME));
    const isKnown = entry !== null && root !== undefined && (below === '' || isPlainPath(below));
    if (!isKnown) {
      this.#said ??= { kind: 'unread' };
      return;
    }
    const path = what === 'a' ? ancestor(root, Number(words[1])) : inDirectory(root, nameOf(below));
    this.#entries.set(path, what === 'l' ? { ...entry, device: TOO_LONG } : entry);
  }
}

/** The kind of the answer, the number of what was asked, and ten of the entry. */
const WORDS_BEFORE_NAME = 12;

/** No number of a device. */
const MOUNTED = 'mounted';

const MOUNT: TreeEntry = {
  ...{ kind: 'd', inode: '0', names: 1, sizeBytes: 0, modified: '0', changed: '0', link: '' },
  ...{ mode: '0', uid: '0', gid: '0', device: MOUNTED },
};

/** As a file can have it. */
const isPlainPath = (path: string): boolean =>
  path.length <= LONGEST_PATH && path.split('/').every((name) => isName(name));

const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && name.length <= LONGEST_NAME;

const ENDS: readonly WayEnd[] = ['there', 'gone', 'link', 'file', 'closed', 'moved'];
const KINDS: readonly EntryKind[] = ['f', 'd', 'l', 'p', 's', 'b', 'c'];

/** Each byte a character. */
const binary = (chunk: Uint8Array): string =>
  Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');

/** Of a text in which each character is a byte. */
const nameOf = (text: string): string => nameFromBytes(Buffer.from(text, 'latin1'));

function entryOf(words: readonly string[], link: string): TreeEntry | null {
  const [kind, inode = '', names, size, modified = '', changed = '', ...rest] = words;
  const [mode = '', uid = '', gid = '', device = ''] = rest;
  const known = KINDS.find((one) => one === kind);
  const whole = [inode, names, size, mode, uid, gid, device];
  if (!known || !whole.every((word) => isNumber(word)) || !isTime(modified) || !isTime(changed)) return null;
  const counted = { names: Number(names), sizeBytes: Number(size) };
  return {
    ...{ kind: known, inode, modified, changed, mode, uid, gid, device },
    ...counted,
    link: nameOf(link),
  };
}

const isNumber = (word: string | undefined): boolean => word !== undefined && /^[0-9]{1,20}$/.test(word);
const isTime = (word: string): boolean => /^-?[0-9]{1,20}(\.[0-9]{1,12})?$/.test(word);

/** Length of so many words, each with its blank. */
function lengthOf(text: string, words: number): number {
  let at = 0;
  for (let left = words; left > 0; left -= 1) {
    const end = text.indexOf(' ', at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}

/** The first so many directories of a path. */
const ancestor = (path: string, depth: number): string => path.split('/').slice(0, depth).join('/');
