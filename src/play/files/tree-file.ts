/** A file of a tree that a process has open: decides where it reads and writes next. */
import { bytesOf, type FileNode, type Parts, type Tree } from '../btrfs/tree.ts';
import { SharedFile } from './open-file.ts';

export interface OpenedFile {
  /** Absolute, without symlinks. */
  readonly path: string;
  /** Null: what it reads was made up, and does not change. */
  readonly tree: Tree | null;
  readonly parts: Parts;
  readonly node: FileNode;
  readonly how: 'read' | 'write' | 'append';
  /** Runs a change; its faults are those of the filesystem. */
  readonly change: (act: (tree: Tree) => void, bytes: number) => void;
  readonly now: () => number;
}

export class TreeFile extends SharedFile {
  readonly #opened: OpenedFile;
  #at = 0;

  constructor(opened: OpenedFile) {
    super(opened.path);
    this.#opened = opened;
  }

  override read(most: number): Promise<Uint8Array> {
    if (this.#opened.how !== 'read') return super.read(most, new AbortController().signal);
    const bytes = bytesOf(this.#here() ?? this.#opened.node, this.#at, this.#at + most);
    this.#at += bytes.length;
    return Promise.resolve(bytes);
  }

  override async write(bytes: Uint8Array): Promise<void> {
    const { how, parts, now, change } = this.#opened;
    if (how === 'read') return super.write(bytes, new AbortController().signal);
    const node = this.#here();
    // What nobody can reach any more takes whatever is written.
    if (node === undefined || bytes.length === 0) return;
    const at = how === 'append' ? node.size : this.#at;
    change((tree) => tree.write(parts, at, bytes, now()), bytes.length);
    this.#at = at + bytes.length;
  }

  /** As it is by now; undefined: it lies there no more. */
  #here(): FileNode | undefined {
    const { tree, parts, node } = this.#opened;
    const here = tree?.at(parts);
    return here?.kind === 'file' && here.ino === node.ino ? here : undefined;
  }

  protected override ended(): void {}
}
