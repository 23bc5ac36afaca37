/** Decides what of two trees is different, file by file. Paths are bytes, one character for each. */
import type { FileFacts, TreeFacts } from '../../model/runs/file-facts.ts';
import type { DifferenceKind } from '../../model/runs/verify.ts';

/** A difference before its path is made readable. */
export interface RawDifference {
  readonly path: string;
  readonly what: readonly DifferenceKind[];
}

export function compareFacts(source: TreeFacts, replica: TreeFacts): RawDifference[] {
  const found: RawDifference[] = [];
  for (const [path, facts] of source) {
    const other = replica.get(path);
    const what = other === undefined ? (['missing'] as const) : differencesOf(facts, other, path === '');
    if (what.length > 0) found.push({ path, what });
  }
  for (const path of replica.keys()) if (!source.has(path)) found.push({ path, what: ['extra'] });
  return found;
}

/**
 * `isTop`: what is received comes into the top directory first, under a name of its own, which moves the mtime of that
 * one alone without anything having been changed there.
 */
function differencesOf(a: FileFacts, b: FileFacts, isTop: boolean): DifferenceKind[] {
  if (a.type !== b.type) return ['type'];
  const kinds: readonly (readonly [DifferenceKind, boolean])[] = [
    ['mode', a.mode !== b.mode],
    ['owner', a.uid !== b.uid || a.gid !== b.gid],
    ['size', a.type === 'file' && a.size !== b.size],
    ['mtime', !isTop && (a.seconds !== b.seconds || a.nanoseconds !== b.nanoseconds)],
    ['target', a.leadsTo !== b.leadsTo],
    ['device', a.device !== b.device],
    ['xattrs', a.xattrs !== b.xattrs],
    ['properties', a.properties !== b.properties],
    ['acl', a.acl !== b.acl],
    ['links', a.firstName !== b.firstName],
  ];
  return kinds.flatMap(([kind, isDifferent]) => (isDifferent ? [kind] : []));
}
