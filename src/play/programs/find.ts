/** Decides which files `find` names: by depth, type and name, in the order of the names. */
import { Errno } from '../errno.ts';
import type { NodeKind } from '../files/files.ts';
import type { Process, Program } from '../machine/process.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { matches } from '../shell/pattern.ts';
import { complain, quoted } from './options.ts';

interface Search {
  roots: string[];
  least: number;
  most: number;
  end: '\n' | '\0';
  readonly tests: ((name: string, kind: NodeKind) => boolean)[];
}

const KINDS: Readonly<Record<string, NodeKind>> = { f: 'file', d: 'directory', l: 'symlink' };

function readSearch(argv: readonly string[]): Search {
  const search: Search = { roots: [], least: 0, most: Number.POSITIVE_INFINITY, end: '\n', tests: [] };
  const words = argv.slice(1);
  while (words[0] !== undefined && !/^[-!(]/.test(words[0])) search.roots.push(words.shift() ?? '');
  if (search.roots.length === 0) search.roots = ['.'];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-print') continue;
    if (word === '-print0') {
      search.end = '\0';
      continue;
    }
    const value = words.shift() ?? '';
    const kind = KINDS[value];
    if (word === '-mindepth' && /^\d+$/.test(value)) search.least = Number(value);
    else if (word === '-maxdepth' && /^\d+$/.test(value)) search.most = Number(value);
    else if (word === '-name') search.tests.push((name) => matches(value, name));
    else if (word === '-type' && kind !== undefined) search.tests.push((_, is) => is === kind);
    else throw new NotSimulated(`find ${word} ${value}`);
  }
  return search;
}

export const find: Program = async (process) => {
  const search = readSearch(process.argv);
  let code = 0;
  for (const root of search.roots) {
    const found: string[] = [];
    const faults = walk(process, search, root, 0, found);
    await process.write(found.map((path) => `${path}${search.end}`).join(''));
    for (const fault of faults) await complain(process, fault);
    if (faults.length > 0) code = 1;
  }
  return code;
};

/** What could not be read. */
function walk(process: Process, search: Search, path: string, depth: number, found: string[]): string[] {
  const { files } = process.machine;
  try {
    const { kind } = files.lstat(process.path(path));
    const name = path.replace(/(?<=.)\/+$/, '').replace(/^.*\/(?=.)/s, '');
    if (depth >= search.least && search.tests.every((test) => test(name, kind))) found.push(path);
    if (kind !== 'directory' || depth >= search.most) return [];
    const below = path.endsWith('/') ? path : `${path}/`;
    return files
      .list(process.path(path))
      .sort()
      .flatMap((one) => walk(process, search, `${below}${one}`, depth + 1, found));
  } catch (error) {
    if (error instanceof Errno) return [`${quoted(path)}: ${error.message}`];
    throw error;
  }
}
