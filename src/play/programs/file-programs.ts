/** The programs that list and change files: ls, mkdir, rm, mv and their like. */
import { Errno } from '../errno.ts';
import type { Stat } from '../files/files.ts';
import type { Process, Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { longLine } from './long-listing.ts';
import { complain, forEach, quoted, readOptions } from './options.ts';

const isMissing = (error: unknown): boolean => error instanceof Errno && error.code === 'ENOENT';

function lstat({ machine }: Process, path: string): Stat | null {
  try {
    return machine.files.lstat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isDirectory({ machine }: Process, path: string): boolean {
  try {
    return machine.files.stat(path).kind === 'directory';
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

function octal(process: Process, word: string): number {
  if (!/^[0-7]{1,4}$/.test(word)) throw new NotSimulated(`${process.argv[0]} ${word}`);
  return Number.parseInt(word, 8);
}

const baseName = (path: string): string => path.replace(/(?<=.)\/+$/, '').replace(/^.*\/(?=.)/s, '');

const ls: Program = async (process) => {
  const { flags, operands } = readOptions(process, '1AadUln');
  const { files } = process.machine;
  const names = operands.length > 0 ? operands : ['.'];
  const plain: string[] = [];
  const directories: string[] = [];
  const isLong = flags.has('n');
  if (flags.has('l') && !isLong) throw new NotSimulated('ls -l');
  let code = 0;
  for (const name of [...names].sort()) {
    try {
      const isItself = flags.has('d') || isLong;
      const { kind } = isItself ? files.lstat(process.path(name)) : files.stat(process.path(name));
      (kind === 'directory' && !flags.has('d') ? directories : plain).push(name);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = 2;
      await complain(process, `cannot access ${quoted(name)}: ${error.message}`);
    }
  }
  if (isLong && directories.length > 0) throw new NotSimulated('ls -n of a directory');
  const blocks = plain.length > 0 ? [isLong ? plain.map((name) => longLine(process, name)) : plain] : [];
  for (const name of directories) {
    const all = files.list(process.path(name)).sort();
    const dots = flags.has('a') ? ['.', '..'] : [];
    const shown = flags.has('a') || flags.has('A') ? all : all.filter((one) => !one.startsWith('.'));
    blocks.push([...(names.length > 1 ? [`${name}:`] : []), ...dots, ...shown]);
  }
  await process.write(blocks.map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n'));
  return code;
};

function makeDirectory(process: Process, path: string, mode: string | undefined): void {
  process.machine.files.mkdir(path);
  if (mode !== undefined) process.machine.files.chmod(path, octal(process, mode));
  else process.mask(path, 0o777);
}

function makeParents(process: Process, path: string, mode: string | undefined): void {
  const parts = path.split('/').filter(Boolean);
  for (let count = 1; count <= parts.length; count += 1) {
    const part = `/${parts.slice(0, count).join('/')}`;
    if (isDirectory(process, part)) continue;
    if (count < parts.length && lstat(process, part) !== null) throw new Errno('ENOTDIR');
    makeDirectory(process, part, count === parts.length ? mode : undefined);
  }
}

const mkdir: Program = (process) => {
  const { flags, operands } = readOptions(process, 'pm:');
  const make = flags.has('p') ? makeParents : makeDirectory;
  return forEach(process, operands, 'cannot create directory', (name) =>
    make(process, process.path(name), flags.get('m')),
  );
};

const rmdir: Program = (process) =>
  forEach(process, readOptions(process, '').operands, 'failed to remove', (name) =>
    process.machine.files.rmdir(process.path(name)),
  );

function removeTree(process: Process, path: string): void {
  const { files } = process.machine;
  if (files.lstat(path).kind === 'directory') {
    for (const name of files.list(path)) removeTree(process, `${path}/${name}`);
    files.rmdir(path);
  } else files.unlink(path);
}

const rm: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'rRf');
  const recursive = flags.has('r') || flags.has('R');
  if (flags.has('f') && operands.length === 0) return 0;
  return forEach(process, operands, 'cannot remove', (name) => {
    const path = process.path(name);
    const found = lstat(process, path);
    if (found === null && flags.has('f')) return;
    if (found?.kind === 'directory' && !recursive) throw new Errno('EISDIR');
    removeTree(process, path);
  });
};

/** The paths that each of several is put at; null: it was said that they have no place. */
async function places(process: Process, names: readonly string[]): Promise<Map<string, string> | null> {
  const target = names.at(-1) ?? '';
  const sources = names.slice(0, -1);
  const isInto = isDirectory(process, process.path(target));
  if (sources.length > 0 && (isInto || sources.length === 1)) {
    const place = (name: string): string => process.path(isInto ? `${target}/${baseName(name)}` : target);
    return new Map(sources.map((name) => [name, place(name)]));
  }
  await complain(
    process,
    sources.length > 1 ? `target ${quoted(target)}: ${new Errno('ENOTDIR').message}` : 'missing operand',
  );
  return null;
}

const mv: Program = async (process) => {
  const { operands } = readOptions(process, 'fT');
  const to = await places(process, operands);
  if (to === null) return 1;
  const { files } = process.machine;
  return forEach(process, [...to.keys()], 'cannot move', (name) => {
    const [from, target] = [process.path(name), to.get(name) ?? ''];
    if (from === target) throw new Errno('EINVAL');
    try {
      files.rename(from, target);
    } catch (error) {
      const crosses = error instanceof Errno && error.code === 'EXDEV';
      throw crosses ? new NotSimulated('mv from one subvolume to another') : error;
    }
  });
};

async function copy(process: Process, from: string, to: string, keeps: boolean): Promise<void> {
  const { files } = process.machine;
  const found = files.lstat(from);
  if (found.kind === 'symlink') return files.symlink(files.readlink(from), to);
  if (found.kind === 'directory') {
    if (!isDirectory(process, to)) files.mkdir(to);
    for (const name of files.list(from)) await copy(process, `${from}/${name}`, `${to}/${name}`, keeps);
  } else {
    const file = files.open(to, 'write');
    try {
      await file.write(files.readFile(from), process.signal);
    } finally {
      file.release();
    }
  }
  files.chmod(to, found.mode);
  if (!keeps) return;
  files.chown(to, found.uid, found.gid);
  files.touch(to, found.mtime);
}

const cp: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'raRpfT');
  const to = await places(process, operands);
  if (to === null) return 1;
  const recursive = ['r', 'a', 'R'].some((flag) => flags.has(flag));
  return forEach(process, [...to.keys()], 'cannot copy', async (name) => {
    const { files } = process.machine;
    const path = recursive ? process.path(name) : files.realpath(process.path(name));
    if (files.lstat(path).kind === 'directory' && !recursive) throw new Errno('EISDIR');
    await copy(process, path, to.get(name) ?? '', flags.has('a') || flags.has('p'));
  });
};

const ln: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'sfn');
  if (!flags.has('s')) throw new NotSimulated('ln without -s');
  const [target = '', name = baseName(target)] = operands;
  const path = process.path(name);
  const into = !flags.has('n') && isDirectory(process, path);
  return forEach(process, [name], 'failed to create symbolic link', () => {
    const at = into ? `${path}/${baseName(target)}` : path;
    if (flags.has('f') && lstat(process, at) !== null) process.machine.files.unlink(at);
    process.machine.files.symlink(target, at);
  });
};

const touch: Program = (process) => {
  const { flags, operands } = readOptions(process, 'cmd:');
  const { files, now } = process.machine;
  const asked = flags.get('d');
  const at = asked === undefined ? now() : Number(/^@(\d+(?:\.\d+)?)$/.exec(asked)?.[1]) * 1000;
  if (Number.isNaN(at)) throw new NotSimulated(`touch -d ${asked}`);
  return forEach(process, operands, 'cannot touch', (name) => {
    const path = process.path(name);
    if (lstat(process, path) === null) {
      if (flags.has('c')) return;
      files.open(path, 'append').release();
    }
    files.touch(path, at);
  });
};

const chmod: Program = (process) => {
  const [mode = '', ...names] = readOptions(process, '').operands;
  const bits = octal(process, mode);
  return forEach(process, names, 'cannot access', (name) =>
    process.machine.files.chmod(process.path(name), bits),
  );
};

const chown: Program = (process) => {
  const [owner = '', ...names] = readOptions(process, '').operands;
  const [, user, group] = /^(\d*)(?::(\d*))?$/.exec(owner) ?? [];
  if (user === undefined) throw new NotSimulated(`chown ${owner}`);
  return forEach(process, names, 'cannot access', (name) => {
    const { files } = process.machine;
    const { uid, gid } = files.stat(process.path(name));
    files.chown(process.path(name), Number(user || uid), Number(group || gid));
  });
};

const readlink: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'fn');
  return resolveEach(process, operands, flags.has('n') ? '' : '\n', (path) => {
    const { files } = process.machine;
    return flags.has('f') ? realPath(process, path) : files.readlink(path);
  });
};

const realpath: Program = (process) =>
  resolveEach(process, readOptions(process, '').operands, '\n', (path) => realPath(process, path));

/** The last part may be missing. */
function realPath({ machine: { files } }: Process, path: string): string {
  try {
    return files.realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const [, above = '', name = ''] = /^(.*)\/([^/]+)\/*$/s.exec(path) ?? [];
    return `${files.realpath(above || '/').replace(/^\/$/, '')}/${name}`;
  }
}

async function resolveEach(
  process: Process,
  names: readonly string[],
  end: string,
  resolve: (path: string) => string,
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await process.write(`${resolve(process.path(name))}${end}`);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = 1;
      if (process.argv[0]?.endsWith('realpath')) await complain(process, `${name}: ${error.message}`);
    }
  }
  return code;
}

const basename: Program = async (process) => {
  const [name = '', suffix = ''] = readOptions(process, '').operands;
  const base = baseName(name);
  await process.write(
    `${base !== suffix && base.endsWith(suffix) ? base.slice(0, base.length - suffix.length) : base}\n`,
  );
  return 0;
};

const dirname: Program = async (process) => {
  for (const name of readOptions(process, '').operands) {
    const above = /^(.*[^/])?\/+[^/]+\/*$/s.exec(name);
    await process.write(
      `${above ? (above[1] ?? '/') : name.replace(/^\/+$/, '/').replace(/^[^/].*/s, '.')}\n`,
    );
  }
  return 0;
};

export const FILE_PROGRAMS: Readonly<Record<string, Program>> = {
  ...{ ls, mkdir, rmdir, rm, mv, cp, ln, touch, chmod, chown },
  ...{ readlink, realpath, basename, dirname },
};
