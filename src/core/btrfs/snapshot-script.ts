/**
 * Decides how snapshots are made on a server: all of them in one command, one directly after the other, each told
 * with its own outcome. It removes nothing.
 */
import { asUser, type Command } from '../model/command.ts';
import { SNAPSHOT_WORDS } from './commands.ts';

export interface SnapshotOrder {
  /** Absolute path of the subvolume. */
  readonly source: string;
  /** Absolute directory its snapshots lie in; made when missing. */
  readonly directory: string;
  readonly name: string;
}

export interface SnapshotOutcome {
  readonly code: number;
  /** What btrfs said, to be classified when the code is not 0. */
  readonly output: string;
  /** `btrfs subvolume show` of the new snapshot; empty when it was not made. */
  readonly shown: string;
  /** Seconds since the server started, read right after it was made; hundredths. */
  readonly uptimeSeconds: number | null;
}

/** Directories first, so that nothing but snapshots lies between the first and the last of a group. */
const SCRIPT = `
NONCE=$1 SUDO=$2
shift 2
say() { printf '%s %s\\n' "$NONCE" "$*"; }
directories() { while [ $# -gt 0 ]; do $SUDO mkdir -p -- "$2" || return; shift 3; done; }
snapshots() {
  while [ $# -gt 0 ]; do
    out=$($SUDO ${SNAPSHOT_WORDS.join(' ')} "$1" "$2/$3" 2>&1); code=$?
    up=; [ -r /proc/uptime ] && read -r up rest </proc/uptime
    say made "$code" "$up"; printf '%s\\n' "$out"
    shift 3
  done
}
shows() { while [ $# -gt 0 ]; do say show; $SUDO btrfs subvolume show "$2/$3" 2>&1; shift 3; done; }
out=$(directories "$@" 2>&1) || { say refused; printf '%s\\n' "$out"; say end; exit 0; }
snapshots "$@"
shows "$@"
say end
`;

export const snapshotsCommand = (order: {
  readonly sudo: readonly string[];
  readonly nonce: string;
  readonly snapshots: readonly SnapshotOrder[];
}): Command =>
  asUser(
    'sh',
    '-c',
    SCRIPT,
    'sh',
    order.nonce,
    order.sudo.join(' '),
    ...order.snapshots.flatMap(({ source, directory, name }) => [source, directory, name]),
  );

export type SnapshotsSaid =
  /** A directory could not be made: nothing was done. */
  | { readonly kind: 'refused'; readonly output: string }
  | { readonly kind: 'done'; readonly outcomes: readonly SnapshotOutcome[] }
  /** The command ended before it had said all: what was done must be looked up. */
  | { readonly kind: 'broken' };

/** Reads what `snapshotsCommand` printed, for `count` snapshots. */
export function parseSnapshots(nonce: string, count: number, output: string): SnapshotsSaid {
  const sections = output.split(`${nonce} `).slice(1);
  const refused = sections.find((section) => section.startsWith('refused\n'));
  if (refused !== undefined) return { kind: 'refused', output: afterFirstLine(refused) };
  if (sections.at(-1)?.startsWith('end') !== true) return { kind: 'broken' };
  const made = sections.filter((section) => section.startsWith('made '));
  const shown = sections.filter((section) => section.startsWith('show\n'));
  if (made.length !== count || shown.length !== count) return { kind: 'broken' };
  return {
    kind: 'done',
    outcomes: made.map((section, index) => readOutcome(section, shown[index] ?? '')),
  };
}

function readOutcome(section: string, shown: string): SnapshotOutcome {
  const [, code = '', uptime = ''] = (section.split('\n')[0] ?? '').split(' ');
  const seconds = Number.parseFloat(uptime);
  return {
    code: Number.parseInt(code, 10),
    output: afterFirstLine(section),
    shown: code === '0' ? afterFirstLine(shown) : '',
    uptimeSeconds: Number.isNaN(seconds) ? null : seconds,
  };
}

const afterFirstLine = (text: string): string => text.slice(text.indexOf('\n') + 1);
