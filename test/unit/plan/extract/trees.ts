/** Trees as text, for plans: `path` or `path=VERSION`, a directory ends with a slash. */
import type { EntryKind, Tree, TreeEntry } from '../../../../src/core/model/extract/tree.ts';

export interface Trait extends Partial<TreeEntry> {}

const plain = (kind: EntryKind, path: string, version: string): TreeEntry => ({
  ...{ kind, inode: `${path} ${version}`, names: 1, sizeBytes: kind === 'd' ? 0 : 10, link: '' },
  ...{ modified: `${100 + Number(version)}.5`, changed: `${100 + Number(version)}.5` },
  ...{ mode: '644', uid: '0', gid: '0', device: '1' },
});

/** `@N`: inode N, which has several names; `!`: of another device; `l`: a link. */
export function tree(text: string, roots: readonly string[] = ['']): Tree {
  const entries = new Map<string, TreeEntry>([['', plain('d', '', '0')]]);
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const [, path = '', slash, version = '0', inode, mark] =
      /^([^=@!]+?)(\/)?(?:=(\d+))?(?:@(\d+))?(!)?$/.exec(word) ?? [];
    const entry = plain(slash ? 'd' : 'f', path, version);
    const many = inode === undefined ? {} : { inode, names: 2 };
    entries.set(path, { ...entry, ...many, ...(mark ? { device: '2' } : {}) });
  }
  return { roots: roots.map((path) => ({ path, end: 'there', depth: 0 })), entries, listedAt: '0' };
}
