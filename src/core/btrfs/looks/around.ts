/** Decides what is looked at around a subvolume that is to be replaced: who uses it, what is mounted in it, swap files. */
import { asUser, type Command } from '../../model/command.ts';
import { PART, READ_NONCE } from '../ask/part-script.ts';
import { DECODE_FUNCTION, MOUNTS_BELOW_FUNCTION } from '../ask/way-script.ts';
import { parseSections } from '../read/sections.ts';

/** The nonce is given on stdin. */
export const aroundCommand = (path: string): Command => asUser('sh', '-c', SCRIPT, 'btrfleet-around', path);

/** Processes of others show what they use to root alone. */
const SCRIPT = `${READ_NONCE}
LC_ALL=C; export LC_ALL
NL='
'
exec 3>&1
${PART}${DECODE_FUNCTION}${MOUNTS_BELOW_FUNCTION}
TREE=\${1%/}
users() {
  DEVICE=$(stat -c %d -- "$TREE/.") || return
  for one in /proc/[0-9]*; do
    stat -L -c %d "$one/cwd" "$one/root" "$one/exe" "$one"/fd/* 2>/dev/null | grep -qx "$DEVICE" || continue
    IFS= read -r name <"$one/comm" && printf '%s %s\\n' "\${one#/proc/}" "$name"
  done
  :
}
own inside mounts_below "$TREE"
own swaps cat /proc/swaps
own fstab cat /etc/fstab
own root test "$(id -u)" = 0
own users users
`;

export interface Around {
  /** Mount points inside of it. */
  readonly mounted: readonly string[];
  /** Swap files in use inside of it. */
  readonly swapFiles: readonly string[];
  /** Mount points that /etc/fstab mounts by the number of the subvolume, which is another one after a restore. */
  readonly byNumber: readonly { readonly path: string; readonly id: number }[];
  /** Processes that have it open, or stand in it; of a login that is not root, only its own. Null: not known. */
  readonly users: readonly ProcessUsing[] | null;
  /** All processes were looked at. */
  readonly sawAll: boolean;
}

export interface ProcessUsing {
  readonly pid: number;
  readonly name: string;
}

/** Null: it was cut off. */
export function parseAround(nonce: string, output: string, path: string): Around | null {
  const sections = new Map(parseSections(nonce, output).map((one) => [one.title[0] ?? '', one]));
  const users = sections.get('users');
  if (!users) return null;
  const linesOf = (name: string): readonly string[] =>
    sections.get(name)?.lines.filter((line) => line !== '') ?? [];
  const prefix = path === '/' ? '/' : `${path}/`;
  return {
    // Of / it would be all that is mounted anywhere.
    mounted: path === '/' ? [] : linesOf('inside'),
    byNumber: linesOf('fstab').flatMap(byNumber),
    swapFiles: linesOf('swaps').flatMap((line) => {
      const [escaped = '', type] = line.split(/\s+/);
      const file = escaped.replaceAll('\\040', ' ');
      return type === 'file' && file.startsWith(prefix) ? [file] : [];
    }),
    sawAll: sections.get('root')?.code === 0,
    users:
      users.code !== 0
        ? null
        : linesOf('users').flatMap((line) => {
            const [, pid, name] = /^(\d+) (.*)$/.exec(line) ?? [];
            return pid === undefined || name === undefined ? [] : [{ pid: Number(pid), name }];
          }),
  };
}

/** fstab(5): blanks are written as octal there. */
function byNumber(line: string): { readonly path: string; readonly id: number }[] {
  const [device = '#', at = '', type, options = ''] = line.trim().split(/\s+/);
  const option = options.split(',').find((one) => one.startsWith('subvolid='));
  if (device.startsWith('#') || type !== 'btrfs' || option === undefined) return [];
  return [{ path: at.replaceAll('\\040', ' '), id: Number(option.slice('subvolid='.length)) }];
}
