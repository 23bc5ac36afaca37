/** Decides what of a snapshot that was sent in full is compared with another: of every path what there is of it. */
import type { FileFacts, TreeFacts } from '../../model/runs/file-facts.ts';
import type { Folded } from '../diff/fold.ts';
import { type Inode, pathNow, TooMuch, type Tree, Untrue } from '../diff/tree.ts';

/** `why`: the stream does not tell one whole tree. */
export function treeFacts({ tree }: Folded & { kind: 'whole' }): TreeFacts | { readonly why: string } {
  const { root, inodes } = tree;
  const all = new Map<string, FileFacts>();
  try {
    all.set('', factsOf(root, null, tree));
    if (!root.isNew) return { why: 'it was not sent in full' };
    for (const inode of inodes) {
      if (inode === root) continue;
      const paths = inode.links.map((link) => pathNow(link, root)).toSorted();
      const facts = factsOf(inode, paths.length > 1 ? (paths[0] ?? null) : null, tree);
      for (const path of paths) {
        // The tree holds names; here they are whole paths.
        tree.pay(path.length);
        all.set(path, facts);
      }
    }
    return all;
  } catch (error) {
    if (error instanceof Untrue) return { why: error.message };
    if (error instanceof TooMuch) return { why: 'it is of more and longer paths than can be held' };
    throw error;
  }
}

function factsOf(inode: Inode, firstName: string | null, tree: Tree): FileFacts {
  const { type, mode, uid, gid, size, seconds, nanoseconds, device, leadsTo } = inode;
  return {
    ...{ type: type ?? 'file', mode, uid, gid, size, seconds, nanoseconds, device, leadsTo, firstName },
    xattrs: xattrsOf(inode, tree, (name) => !isLabel(name) && !isAcl(name) && !isProperty(name)),
    properties: xattrsOf(inode, tree, isProperty),
    acl: xattrsOf(inode, tree, isAcl),
  };
}

/** Of a machine's own security module (SELinux, Smack, IMA): it labels what is received there by its own rules. */
const isLabel = (name: string): boolean => name.startsWith('security.') && name !== 'security.capability';

/** Where one is set on a directory, the kernel gives it to whatever is made in there, as by a receive. */
const isProperty = (name: string): boolean => name.startsWith('btrfs.');

const isAcl = (name: string): boolean => name.startsWith('system.posix_acl_');

/** Each name and value behind its length: values may hold any bytes, and are as long as a server likes. */
function xattrsOf({ xattrs }: Inode, tree: Tree, isMeant: (name: string) => boolean): string | null {
  if (xattrs === null) return null;
  const set = [...xattrs].filter(([name, value]) => value !== null && isMeant(name));
  if (set.length === 0) return null;
  const words = set.toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
  tree.pay(words.reduce((sum, word) => sum + (word?.length ?? 0), 0));
  return words.map((word) => `${word?.length}:${word}`).join('');
}
