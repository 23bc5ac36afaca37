// Checks every import of a file against the table in house.ts. Reads text only; resolves relative paths by name.

import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Finding, HouseFile } from './finding.ts';
import { HOSTS, ONLY_HOSTS, roomOf, type Storey, storeyOf } from './house.ts';
import { lineAt } from './source-text.ts';

interface Import {
  specifier: string;
  line: number;
  kind: 'value' | 'type' | 'lazy';
}

/** The formatter puts every import and export at the start of a line. */
const STATIC =
  /^(?:import|export)\b(?<type> type\b)?(?:[\w$*\s{},]*?\bfrom\b)?\s*(?<quote>['"])(?<from>[^'"\n]+)\k<quote>/gm;
/** `import('x').Name` in a type cannot be told from a call by its text: both count. */
const DYNAMIC = /\b(?<call>import|require)\s*\(\s*(?<quote>['"`])(?<from>[^'"`\n]+)\k<quote>/g;

export function importsOf({ source }: HouseFile): Import[] {
  const { code } = source;
  const found: Import[] = [];
  for (const match of code.matchAll(STATIC)) {
    const { type, from = '' } = match.groups ?? {};
    found.push({ specifier: from, line: lineAt(code, match.index), kind: type ? 'type' : 'value' });
  }
  for (const match of code.matchAll(DYNAMIC)) {
    found.push({ specifier: match.groups?.['from'] ?? '', line: lineAt(code, match.index), kind: 'lazy' });
  }
  return found;
}

const nodeName = (specifier: string): string =>
  specifier.startsWith('node:') ? specifier : `node:${specifier}`;

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const allows = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );

function allowsNode({ node }: Storey, name: string, kind: Import['kind']): boolean {
  if (node === 'any') return true;
  if (node === 'none') return false;
  return kind === 'type' || (node !== 'types' && node.includes(name));
}

/** Why a file may not import another one of its own storey; undefined if it may. */
function roomObjection(storey: Storey, file: string, path: string): string | undefined {
  const [from, to] = [roomOf(storey, file), roomOf(storey, path)];
  const neighbours = storey.rooms?.[from] ?? (storey.rooms || from !== '.' ? undefined : ['.']);
  if (neighbours === undefined) return `has no room "${from}" in the house`;
  if (from === to || neighbours.includes(to)) return undefined;
  return `may not import from its room "${to}" in "${from}"`;
}

/** Why `storey` may not import this; undefined if it may. */
function objection(file: string, storey: Storey, { specifier, kind }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(file), specifier);
    const target = storeyOf(path);
    if (target === storey) return roomObjection(storey, file, path);
    if (!target) return `imports ${path}, which is no room of the house`;
    if (!storey.storeys.includes(target.at)) return `may not import from ${target.at}`;
    const isEager = kind === 'value' && storey.lazy?.includes(target.at);
    return isEager ? `may not import from ${target.at} except through import()` : undefined;
  }
  const builtin = isBuiltin(specifier);
  const name = builtin ? nodeName(specifier) : packageName(specifier);
  const isNamed = storey.packages.includes(name);
  if (ONLY_HOSTS.includes(name) && storey.at !== HOSTS && !isNamed)
    return `may not import ${name}: only ${HOSTS} may`;
  if (builtin) return allowsNode(storey, name, kind) ? undefined : `may not import ${name}`;
  return allows(storey.packages, name) ? undefined : `may not import the package ${name}`;
}

export function checkImports(file: HouseFile): Finding[] {
  if (!file.path.startsWith('src/')) return [];
  const storey = storeyOf(file.path);
  if (!storey) {
    return [{ path: file.path, line: 1, rule: 'room', message: 'is in no room of the house' }];
  }
  return importsOf(file).flatMap((found) => {
    const message = objection(file.path, storey, found);
    return message
      ? [{ path: file.path, line: found.line, rule: 'imports', message: `${storey.at} ${message}` }]
      : [];
  });
}
