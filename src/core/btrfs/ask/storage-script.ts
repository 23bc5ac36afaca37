/**
 * Decides what a look at the storage of a server runs: a single POSIX `sh -c` whose output `parseStorage` understands,
 * and how sizes of snapshots are measured where quotas are off. Nothing here changes anything; quotas least of all.
 */
import { asRoot, asUser, type Command } from '../../model/command.ts';
import { PARTS_HEAD } from './part-script.ts';

export interface StorageScript {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  readonly filesystems: readonly { readonly uuid: string; readonly mount: string }[];
}

/** Sections `usage`, `devices`, `scrub`, `quotas`, `deleted` and, where quotas are on, `qgroups`, each with the filesystem's index. The nonce is given on stdin. */
export const storageCommand = ({ sudo, filesystems }: StorageScript): Command =>
  asUser(
    'sh',
    '-c',
    SCRIPT,
    'btrfleet-storage',
    sudo.join(' '),
    ...filesystems.flatMap(({ uuid, mount }) => [uuid, mount]),
  );

// Whether quotas are on is read from sysfs: asking btrfs ends with an error that reads like any other. Their mode and
// whether they are consistent is there too, on kernels that tell it (6.7 and 6.1).
const SCRIPT = `
${PARTS_HEAD}
quotas() {
  [ -d "/sys/fs/btrfs/$1" ] || return 2
  [ -e "/sys/fs/btrfs/$1/qgroups" ] || return 1
  for f in mode inconsistent; do
    [ ! -r "/sys/fs/btrfs/$1/qgroups/$f" ] || printf '%s %s\\n' "$f" "$(cat "/sys/fs/btrfs/$1/qgroups/$f")"
  done
}
I=0
while [ $# -gt 0 ]; do
  part "usage $I" $SUDO btrfs filesystem usage -b -- "$2"
  part "devices $I" $SUDO btrfs device stats -- "$2"
  part "scrub $I" $SUDO btrfs scrub status -R -- "$2"
  part "quotas $I" quotas "$1"
  [ "$CODE" = 1 ] || part "qgroups $I" $SUDO btrfs qgroup show --raw -- "$2"
  part "deleted $I" $SUDO btrfs subvolume list -d -- "$2"
  shift 2; I=$((I + 1))
done
exit 0
`;

/** Walks over every file of each path; a line each, in their order. Its output is read by `parseDu`. */
export const duCommand = (paths: readonly string[]): Command =>
  asRoot('btrfs', 'filesystem', 'du', '-s', '--raw', '--', ...paths);

/** How often each disk of a mounted filesystem failed. Its output is read by `parseDeviceStats`. */
export const deviceErrorsCommand = (mount: string): Command =>
  asRoot('btrfs', 'device', 'stats', '--', mount);
