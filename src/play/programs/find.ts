/** Decides which files `find` names: by depth, type and name, in the order of the names. */
import { Errno } from '../errno.ts';
import type { NodeKind, Stat } from '../files/files.ts';
import type { Process, Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { matches } from '../shell/pattern.ts';
import { complain, quoted } from './options.ts';

interface Search {
  roots: string[];
  least: number;
  most: number;
  /** What is written of each; a function of the path and what lies there. */
  shown: (path: string, about: Stat, target: string) => string;
  readonly tests: ((name: string, kind: NodeKind, path: string) => boolean)[];
  /** It stays in the subvolume it begins in. */
  stays: boolean;
}

const KINDS: Readonly<Record<string, NodeKind>> = { f: 'file', d: 'directory', l: 'symlink' };

function readSearch(argv: readonly string[]): Search {
  const search: Search = {
    roots: [],
    least: 0,
    most: Number.POSITIVE_INFINITY,
    shown: ending('\n'),
    tests: [],
    stays: false,
  };
  const words = argv.slice(1);
  while (words[0] !== undefined && !/^[-!(]/.test(words[0])) search.roots.push(words.shift() ?? '');
  if (search.roots.length === 0) search.roots = ['.'];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-print') continue;
    if (word === '-xdev') {
      search.stays = true;
      continue;
    }
    if (word === '-print0') {
      search.shown = ending('\0');
      continue;
    }
    const value = words.shift() ?? '';
    const kind = KINDS[value];
    if (word === '-mindepth' && /^\d+$/.test(value)) search.least = Number(value);
    else if (word === '-maxdepth' && /^\d+$/.test(value)) search.most = Number(value);
    else if (word === '-printf') search.shown = formatted(value);
    else if (word === '-name') search.tests.push((name) => matches(value, name));
    else if (word === '-path') search.tests.push((_name, _kind, path) => matches(value, path));
    else if (word === '-type' && kind !== undefined) search.tests.push((_, is) => is === kind);
    else throw new NotSimulated(`find ${word} ${value}`);
  }
  return search;
}

const ending = (end: string) => (path: string) => `${path}${end}`;

const LETTERS: Readonly<Record<NodeKind, string>> = { file: 'f', directory: 'd', symlink: 'l' };

/** `-printf`: path, kind, rights, owners, size, time of the last change, what a link leads to. */
function formatted(format: string): Search['shown'] {
  const parts = format.match(/%(?:T@|[pymUGsl%])|\\[n0\\]|[^%\\]+/g) ?? [];
  if (parts.join('') !== format) throw new NotSimulated(`find -printf ${format}`);
  return (path, about, target) => {
    const values: Readonly<Record<string, string>> = {
      '%p': path,
      '%y': LETTERS[about.kind],
      '%m': about.mode.toString(8),
      '%U': String(about.uid),
      '%G': String(about.gid),
      '%s': String(about.size),
      '%T@': (about.mtime / 1000).toFixed(10),
      '%l': target,
      '%%': '%',
      '\\n': '\n',
      '\\0': '\0',
      '\\\\': '\\',
    };
    return parts.map((part) => values[part] ?? part).join('');
  };
}

export const find: Program = async (process) => {
  const search = readSearch(process.argv);
  let code = 0;
  for (const root of search.roots) {
    const found: string[] = [];
    const faults = walk(process, { ...search, device: null }, root, 0, found);
    await process.write(found.join(''));
    for (const fault of faults) await complain(process, fault);
    if (faults.length > 0) code = 1;
  }
  return code;
};

/** What could not be read. */
function walk(
  process: Process,
  search: Search & { readonly device: string | null },
  path: string,
  depth: number,
  found: string[],
): string[] {
  const { files } = process.machine;
  try {
    const about = files.lstat(process.path(path));
    const { kind } = about;
    const name = path.replace(/(?<=.)\/+$/, '').replace(/^.*\/(?=.)/s, '');
    if (depth >= search.least && search.tests.every((test) => test(name, kind, path))) {
      const target = kind === 'symlink' ? files.readlink(process.path(path)) : '';
      found.push(search.shown(path, about, target));
    }
    if (kind !== 'directory' || depth >= search.most) return [];
    const device = search.device ?? about.device;
    if (search.stays && device !== about.device) return [];
    const below = path.endsWith('/') ? path : `${path}/`;
    return files
      .list(process.path(path))
      .sort()
      .flatMap((one) => walk(process, { ...search, device }, `${below}${one}`, depth + 1, found));
  } catch (error) {
    if (error instanceof Errno) return [`${quoted(path)}: ${error.message}`];
    throw error;
  }
}
