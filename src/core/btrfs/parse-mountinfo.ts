/** Decides what is mounted where and what a path really leads to; takes the text of /proc/self/mountinfo alone. */

/** One line of mountinfo; https://www.kernel.org/doc/Documentation/filesystems/proc.txt, section 3.5. */
export interface MountRow {
  readonly id: string;
  readonly parentId: string;
  /** `major:minor`; of a btrfs, one for all its subvolumes. */
  readonly device: string;
  /** What of the filesystem it shows, from its top: `/`, `/@home`. */
  readonly root: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly type: string;
  /** btrfs: number of the subvolume the mount's root lies in; null where the kernel does not tell. */
  readonly subvolumeId: number | null;
  /** btrfs: path of that subvolume, from the top level; differs from `root` on a bind mount of a directory. */
  readonly subvolumePath: string | null;
}

/** Null for a line that is not one of mountinfo. */
export function parseMountinfoLine(line: string): MountRow | null {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [id, parentId, device, root, path, options] = fields;
  const type = fields[dash + 1];
  const superOptions = fields[dash + 3] ?? '';
  if (dash < 0 || type === undefined || options === undefined) return null;
  if (id === undefined || parentId === undefined || device === undefined) return null;
  if (root === undefined || path === undefined || !/^\d+:\d+$/.test(device)) return null;
  // subvol= is the last one and runs to the end: the path may hold commas.
  const subvolume = /(?:^|,)subvolid=(\d+),subvol=(.*)$/s.exec(superOptions);
  return {
    id,
    parentId,
    device,
    root: decoded(root),
    path: decoded(path),
    readOnly: hasOption(options, 'ro') || hasOption(superOptions, 'ro'),
    type,
    subvolumeId: subvolume?.[1] === undefined ? null : Number(subvolume[1]),
    subvolumePath: subvolume?.[2] === undefined ? null : decoded(subvolume[2]),
  };
}

/** The mount a path leads into, as the kernel walks it; null when nothing is mounted there or above. */
export type MountAt = (path: string) => MountRow | null;

/**
 * Follows mounts from the root as the kernel does, so that what is mounted over hides what lies below, whatever
 * filesystem it is of. Paths are absolute, without symbolic links.
 */
export function mountTree(rows: readonly MountRow[]): MountAt {
  const ids = new Set(rows.map((row) => row.id));
  const children = new Map<string, MountRow[]>();
  for (const row of rows) {
    // A root's parent is outside of what this process sees, or it is its own.
    const parent = row.parentId === row.id || !ids.has(row.parentId) ? '' : row.parentId;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [row]);
    else siblings.push(row);
  }
  return (path) => {
    let at: MountRow | null = null;
    for (let step = 0; step <= rows.length; step++) {
      const next = crossing(children.get(at?.id ?? '') ?? [], path);
      if (next === null) return at;
      at = next;
    }
    return at;
  };
}

/** The first of the mounts met on the way to `path`; of several on one place the last. */
function crossing(mounts: readonly MountRow[], path: string): MountRow | null {
  let first: MountRow | null = null;
  for (const mount of mounts) {
    if (!leadsTo(mount.path, path)) continue;
    if (first === null || mount.path.length <= first.path.length) first = mount;
  }
  return first;
}

const leadsTo = (mount: string, path: string): boolean =>
  mount === '/' || path === mount || path.startsWith(`${mount}/`);

const hasOption = (options: string, name: string): boolean => options.split(',').includes(name);

/** The kernel writes blank, tab, newline, backslash and # as three octal digits. */
const decoded = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
