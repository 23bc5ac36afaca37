/** Files in memory for tests of the simulated shell: a tree of maps on one device. */
import { Errno } from '../../../src/play/errno.ts';
import type { Files, Stat } from '../../../src/play/files/files.ts';
import { type OpenFile, SharedFile, toBytes } from '../../../src/play/files/open-file.ts';

interface Node {
  readonly ino: number;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly names: Map<string, Node>;
  bytes: Uint8Array;
  target: string;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}

class Opened extends SharedFile {
  readonly #node: Node;
  readonly #isRead: boolean;
  #at = 0;
  constructor(node: Node, isRead: boolean, path: string) {
    super(path);
    this.#node = node;
    this.#isRead = isRead;
  }
  override async read(most: number): Promise<Uint8Array> {
    if (!this.#isRead) throw new Errno('EBADF');
    const bytes = this.#node.bytes.slice(this.#at, this.#at + most);
    this.#at += bytes.length;
    return bytes;
  }
  override async write(bytes: Uint8Array): Promise<void> {
    if (this.#isRead) throw new Errno('EBADF');
    this.#node.bytes = Buffer.concat([this.#node.bytes, bytes]);
  }
  protected override ended(): void {}
}

export class MemoryFiles implements Files {
  #ino = 0;
  readonly #root = this.#node('directory');

  /** Writes a file, and the directories above it. */
  put(path: string, text: string, mode = 0o644): void {
    const parts = path.split('/').slice(1, -1);
    for (let count = 1; count <= parts.length; count += 1) {
      try {
        this.mkdir(`/${parts.slice(0, count).join('/')}`);
      } catch {}
    }
    const file = this.open(path, 'write');
    void file.write(toBytes(text), AbortSignal.timeout(1000));
    this.chmod(path, mode);
  }

  #node(kind: Node['kind'], target = ''): Node {
    this.#ino += 1;
    const mode = kind === 'directory' ? 0o755 : 0o644;
    const mtime = 1_700_000_000_000;
    return {
      ino: this.#ino,
      kind,
      names: new Map(),
      bytes: new Uint8Array(),
      target,
      mode,
      uid: 0,
      gid: 0,
      mtime,
    };
  }

  /** The way to it, the root first. */
  #way(path: string, follows: boolean, depth = 0): [string, Node][] {
    if (depth > 20) throw new Errno('ELOOP');
    const way: [string, Node][] = [['', this.#root]];
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      const here = way.at(-1)?.[1];
      if (here?.kind !== 'directory') throw new Errno('ENOTDIR');
      if (part === '..') {
        if (way.length > 1) way.pop();
        continue;
      }
      const next = here.names.get(part);
      if (next === undefined) throw new Errno('ENOENT');
      const isLast = index === parts.length - 1;
      if (next.kind !== 'symlink' || (isLast && !follows)) {
        way.push([part, next]);
        continue;
      }
      const above = way.map(([name]) => name).join('/');
      const target = next.target.startsWith('/') ? next.target : `${above}/${next.target}`;
      return this.#way([target, ...parts.slice(index + 1)].join('/'), follows, depth + 1);
    }
    return way;
  }

  #at(path: string, follows = true): Node {
    const node = this.#way(path, follows).at(-1)?.[1];
    if (node === undefined) throw new Errno('ENOENT');
    if (path.endsWith('/') && node.kind === 'file') throw new Errno('ENOTDIR');
    return node;
  }

  #above(path: string): [Map<string, Node>, string] {
    const [, above = '', name = ''] = /^(.*)\/([^/]+)\/*$/s.exec(path) ?? [];
    const node = this.#at(above || '/');
    if (node.kind !== 'directory') throw new Errno('ENOTDIR');
    return [node.names, name];
  }

  #add(path: string, node: Node): void {
    const [names, name] = this.#above(path);
    if (name === '' || names.has(name)) throw new Errno('EEXIST');
    names.set(name, node);
  }

  #stat({ kind, mode, uid, gid, mtime, ino, bytes }: Node): Stat {
    return { kind, size: bytes.length, mode, uid, gid, mtime, ctime: mtime, ino, device: 'memory' };
  }

  stat(path: string): Stat {
    return this.#stat(this.#at(path));
  }
  lstat(path: string): Stat {
    return this.#stat(this.#at(path, false));
  }
  list(path: string): string[] {
    const node = this.#at(path);
    if (node.kind !== 'directory') throw new Errno('ENOTDIR');
    return [...node.names.keys()];
  }
  readlink(path: string): string {
    const node = this.#at(path, false);
    if (node.kind !== 'symlink') throw new Errno('EINVAL');
    return node.target;
  }
  realpath(path: string): string {
    return (
      this.#way(path, true)
        .map(([name]) => name)
        .join('/') || '/'
    );
  }
  readFile(path: string): Uint8Array {
    const node = this.#at(path);
    if (node.kind === 'directory') throw new Errno('EISDIR');
    return node.bytes;
  }
  open(path: string, how: 'read' | 'write' | 'append'): OpenFile {
    if (how === 'read') return new Opened(this.#existing(path), true, path);
    const [names, name] = this.#above(path);
    if (!names.has(name)) names.set(name, this.#node('file'));
    const node = this.#existing(path);
    if (how === 'write') node.bytes = new Uint8Array();
    return new Opened(node, false, path);
  }
  #existing(path: string): Node {
    const node = this.#at(path);
    if (node.kind === 'directory') throw new Errno('EISDIR');
    return node;
  }
  mkdir(path: string): void {
    if (path === '/') throw new Errno('EEXIST');
    this.#add(path, this.#node('directory'));
  }
  rmdir(path: string): void {
    const node = this.#at(path, false);
    if (node.kind !== 'directory') throw new Errno('ENOTDIR');
    if (node.names.size > 0) throw new Errno('ENOTEMPTY');
    const [names, name] = this.#above(path);
    names.delete(name);
  }
  unlink(path: string): void {
    if (this.#at(path, false).kind === 'directory') throw new Errno('EISDIR');
    const [names, name] = this.#above(path);
    names.delete(name);
  }
  rename(from: string, to: string): void {
    const node = this.#at(from, false);
    const [names, name] = this.#above(from);
    const [others, other] = this.#above(to);
    if (others.get(other)?.kind === 'directory' && (others.get(other)?.names.size ?? 0) > 0)
      throw new Errno('ENOTEMPTY');
    names.delete(name);
    others.set(other, node);
  }
  symlink(target: string, path: string): void {
    this.#add(path, this.#node('symlink', target));
  }
  chmod(path: string, mode: number): void {
    this.#at(path).mode = mode;
  }
  chown(path: string, uid: number, gid: number): void {
    Object.assign(this.#at(path), { uid, gid });
  }
  touch(path: string, mtime: number): void {
    this.#at(path).mtime = mtime;
  }
}
