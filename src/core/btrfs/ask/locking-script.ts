/**
 * Decides how it is found out whether the directories of replicas could be locked against another manager, without
 * locking any of them: a lock there is taken by opening the directory as the login, not as root.
 */
import { asUser, type Command } from '../../model/command.ts';

/** `absent`: not there yet, made when it is needed; `closed`: there, or hidden, and the login may not open it. */
export type Openable = 'open' | 'absent' | 'closed';

export interface LockingSaid {
  /** One that waits and tells: that of util-linux. */
  readonly hasFlock: boolean;
  /** In the order they were named. */
  readonly directories: readonly Openable[];
}

// The flock of busybox knows neither -w nor -E, and is none for us. Opening takes the right to read; as root every directory opens, and `[ -r ]` says so too.
const SCRIPT = `
N=$1; shift
flock -w 1 -E 75 -o /dev/null true 2>/dev/null
case $? in 0 | 75) echo "$N flock" ;; *) echo "$N none" ;; esac
for d; do
  up=\${d%/*}
  if [ -d "$d" ] && [ -r "$d" ]; then echo "$N open"
  elif [ ! -e "$d" ] && [ -x "\${up:-/}" ]; then echo "$N absent"
  else echo "$N closed"; fi
done
echo "$N end"
`;

export const lockingCommand = (nonce: string, directories: readonly string[]): Command =>
  asUser('sh', '-c', SCRIPT, 'sh', nonce, ...directories);

/** Null: the command ended before it had said all. */
export function parseLocking(nonce: string, count: number, output: string): LockingSaid | null {
  const words = output
    .split('\n')
    .filter((line) => line.startsWith(`${nonce} `))
    .map((line) => line.slice(nonce.length + 1));
  const [flock, ...rest] = words;
  const directories = rest.slice(0, -1).flatMap((word) => OPENABLE.find((one) => one === word) ?? []);
  if (rest.at(-1) !== 'end' || directories.length !== count) return null;
  return { hasFlock: flock === 'flock', directories };
}

const OPENABLE: readonly Openable[] = ['open', 'absent', 'closed'];
