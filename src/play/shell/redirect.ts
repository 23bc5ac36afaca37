/** Decides which files the redirections of a command open, and puts back what they took the place of. */
import { Errno } from '../errno.ts';
import type { Files } from '../files/files.ts';
import { type OpenFile, openNull, SharedFile, toBytes } from '../files/open-file.ts';
import type { Process } from '../machine/machine.ts';
import { type Expanding, expandText } from './expand.ts';
import { ShellFault } from './shell-fault.ts';
import { putFile } from './start-child.ts';
import type { Redirect } from './syntax.ts';

export interface Redirected {
  /** Puts back what was there. */
  undo(): void;
  /** Keeps it as it is now. */
  keep(): void;
}

/** A here-document. */
class Text extends SharedFile {
  #left: Uint8Array;
  constructor(text: string) {
    super();
    this.#left = toBytes(text);
  }
  override read(most: number): Promise<Uint8Array> {
    const taken = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(most);
    return Promise.resolve(taken);
  }
  protected override ended(): void {}
}

/** Faults: ShellFault; then everything is as it was. */
export async function redirect(shell: Expanding, redirects: readonly Redirect[]): Promise<Redirected> {
  const { fds } = shell.process;
  const saved = new Map<number, OpenFile | undefined>();
  const undo = (): void => {
    for (const [fd, file] of saved) {
      fds.get(fd)?.release();
      if (file === undefined) fds.delete(fd);
      else fds.set(fd, file);
    }
  };
  try {
    for (const one of redirects) {
      const file = await opened(shell, one);
      if (saved.has(one.fd)) fds.get(one.fd)?.release();
      else saved.set(one.fd, fds.get(one.fd));
      if (file === null) fds.delete(one.fd);
      else fds.set(one.fd, file);
    }
  } catch (error) {
    undo();
    throw error;
  }
  const keep = (): void => {
    for (const file of saved.values()) file?.release();
  };
  return { undo, keep };
}

/** Null: it is closed. */
async function opened(shell: Expanding, one: Redirect): Promise<OpenFile | null> {
  const text = await expandText(shell, one.word);
  if (one.kind === 'here') return new Text(text);
  if (one.kind === 'file') return openFile(shell.process, text, one.how);
  if (text === '-') return null;
  if (!/^\d+$/.test(text)) throw new ShellFault(`Syntax error: Bad fd number`);
  const file = shell.process.fds.get(Number(text));
  if (file === undefined) throw new ShellFault(`${text}: Bad file descriptor`);
  return file.retain();
}

function openFile(process: Process, name: string, how: 'read' | 'write' | 'append'): OpenFile {
  try {
    return openPath(process, name, how);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const isMissing = error.code === 'ENOENT';
    const reason = how === 'read' ? 'No such file' : 'Directory nonexistent';
    const does = how === 'read' ? 'open' : 'create';
    throw new ShellFault(`cannot ${does} ${name}: ${isMissing ? reason : error.message}`);
  }
}

const STANDARD: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };

function openMasked(process: Process, path: string, how: 'read' | 'write' | 'append'): OpenFile {
  const { files } = process.machine;
  const isNew = how !== 'read' && !isThere(files, path);
  const file = files.open(path, how);
  if (isNew) process.mask(path, 0o666);
  return file;
}

function isThere(files: Files, path: string): boolean {
  try {
    files.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

/** As `Files.open`, with the devices that every machine has. */
export function openPath(process: Process, name: string, how: 'read' | 'write' | 'append'): OpenFile {
  if (name === '/dev/null') return openNull();
  const fd = STANDARD[name] ?? /^\/dev\/fd\/(\d+)$/.exec(name)?.[1];
  if (fd === undefined) return openMasked(process, process.path(name), how);
  const file = process.fds.get(Number(fd));
  if (file === undefined) throw new Errno('ENOENT');
  return file.retain();
}

/** Stdin is empty, as of what runs in the background. */
export const closeInput = (fds: Map<number, OpenFile>): void => putFile(fds, 0, openNull());
