/** Decides which fault the error text of a command means: the one place that reads what btrfs, sudo and sh write. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, type FaultCode, fault } from '../../model/fault.ts';
import { sudoersLines } from '../ask/commands.ts';
import { escaped } from './escaped.ts';
import { isForeign, ownLines } from './own-lines.ts';
import { linesOf } from './short-lines.ts';
import { sudoRefusal } from './sudo-says.ts';
import { unsafePath } from './unsafe-path.ts';

export type CommandKind =
  | 'snapshot'
  | 'delete'
  | 'send'
  | 'receive'
  | 'list'
  | 'show'
  | 'mkdir'
  | 'rmdir'
  | 'rename'
  /** Whatever only measures: usage, device errors, scrub, sizes. */
  | 'measure';

export interface Failure {
  readonly command: CommandKind;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly server: string;
  /** What it was about: a path, as it is known to people. */
  readonly subject: string;
  /** The lines for sudoers that allow the login what it needs (`facts.sudoers`). */
  readonly sudoers?: readonly string[];
}

interface Rule {
  readonly text: RegExp;
  /** The commands it holds for; all, if it is not there. */
  readonly of?: readonly CommandKind[];
  readonly code: FaultCode;
  readonly message: (failure: Failure) => string;
  readonly hint: (failure: Failure) => string;
  readonly retry?: boolean;
}

/** The fault that a command's failure is. Call it only for a command that failed. */
export function classify(given: Failure): Fault {
  const { command, server, code } = given;
  const refusal = sudoRefusal(given.stderr);
  if (refusal !== null) return refusedBySudo(given, refusal);
  const unsafe = unsafePath(given.stderr, server);
  if (unsafe !== null) return unsafe;
  const failure = { ...given, stderr: ownLines(given.stderr) };
  const text = linesOf(withoutName(given.stderr, given.subject))
    .filter((line) => !isForeign(line))
    .join('\n');
  const rule = RULES.find(
    ({ text: said, of }) => (of === undefined || of.includes(command)) && said.test(text),
  );
  if (rule !== undefined) {
    const about = rule.retry === undefined ? { server } : { server, retry: rule.retry };
    return fault(rule.code, rule.message(failure), rule.hint(failure), about);
  }
  if (code === 127) return fault('tool-missing', missingTool(failure), INSTALL, { server });
  return fault(OTHERWISE[command], otherwise(failure), LOOK_THERE(failure), { server });
}

/** As much as is kept of stderr anywhere; of a part of a script it is as long as that. */
const END_OF_TEXT = 64 * 1024;

/** A path may be written like an error. */
function withoutName(text: string, subject: string): string {
  const end = text.slice(-END_OF_TEXT);
  return subject.length > 1 ? end.replaceAll(subject, '…') : end;
}

const refusedBySudo = (failure: Failure, said: string): Fault =>
  fault('sudo-missing', `${what(failure)} was refused by sudo: ${escaped(said)}.`, sudoers(failure), {
    server: failure.server,
  });

/** The end of an error text, at most 300 characters, without the progress lines before it. */
export function lastOf(stderr: string): string {
  const text = stderr.trim();
  return text.length <= 300 ? text : `…${text.slice(-299)}`;
}

const OTHERWISE: Readonly<Record<CommandKind, FaultCode>> = {
  snapshot: 'command-failed',
  delete: 'command-failed',
  send: 'send-failed',
  receive: 'receive-failed',
  list: 'listing-failed',
  show: 'command-failed',
  mkdir: 'command-failed',
  rmdir: 'command-failed',
  rename: 'command-failed',
  measure: 'command-failed',
};

const DOING: Readonly<Record<CommandKind, string>> = {
  snapshot: 'Making a snapshot of',
  delete: 'Deleting',
  send: 'Sending',
  receive: 'Receiving into',
  list: 'Listing',
  show: 'Looking at',
  mkdir: 'Making the directory',
  rmdir: 'Removing the directory',
  rename: 'Renaming',
  measure: 'Reading',
};

const what = ({ command, subject, server }: Failure): string => `${DOING[command]} ${subject} on ${server}`;

const INSTALL =
  'Install btrfs-progs there: "apt install btrfs-progs", "dnf install btrfs-progs", "zypper install btrfsprogs", "pacman -S btrfs-progs" or "apk add btrfs-progs".';

const missingTool = (failure: Failure): string =>
  `${what(failure)} failed: a program is missing there. ${escaped(lastOf(failure.stderr))}`;

/** In the words of the program. */
const said = ({ stderr }: Failure): string => `It said: ${escaped(lastOf(stderr))}`;

function otherwise(failure: Failure): string {
  const { stderr, code } = failure;
  const end = code === null ? 'a signal ended it' : `exit code ${code}`;
  const text = lastOf(stderr);
  return `${what(failure)} failed (${end})${text === '' ? ' and said nothing.' : `: ${text}`}`;
}

const LOOK_THERE = ({ server }: Failure): string =>
  `Read the text above; "dmesg" and "btrfs device stats" on ${server} tell whether the disk or the filesystem is ill.`;

/** Nothing stands behind the lines: they are copied to the end. */
const sudoers = ({ sudoers: lines, server }: Failure): string =>
  `On ${server} run "visudo -f /etc/sudoers.d/btrfleet" and put in:\n${(lines ?? sudoersLines('USER')).join('\n')}`;

/**
 * The first that fits wins: what the shell says comes before what btrfs says. Why a system call failed stands at the end
 * of a line; anywhere else the same words are the name of a file.
 */
const RULES: readonly Rule[] = [
  {
    text: /command not found|: not found$|No such file or directory: btrfs|unknown (?:command|token)|sudo: unable to execute/im,
    code: 'tool-missing',
    message: missingTool,
    hint: () => INSTALL,
  },
  {
    text: /(?:No space left on device|Disk quota exceeded)$/im,
    code: 'no-space',
    message: (failure) => `${what(failure)} failed: the filesystem is full.`,
    hint: ({ subject, server }) =>
      `Free space on ${server}: delete snapshots that are no longer needed, and see "btrfs filesystem usage" for ${subject}.`,
  },
  {
    text: /stream version \d+ not supported|Protocol error|unrecognized option|invalid option|encoded_write: .*(?:Inappropriate ioctl|not supported)|stream version.*(?:newer|unsupported)/i,
    of: ['send', 'receive'],
    code: 'protocol-unsupported',
    message: (failure) => `${what(failure)} failed: the protocol or an option is not known there.`,
    hint: () => 'Send without --compress, or update btrfs-progs and the kernel on both servers.',
  },
  {
    text: /cannot find parent subvolume|parent subvol(?:ume)? is not reachable|clone: did not find source subvol|did not find (?:the )?(?:parent|source)/i,
    of: ['receive'],
    code: 'no-base',
    message: (failure) =>
      `${what(failure)} failed: the base of the increment is not there, or was changed. ${said(failure)}`,
    hint: () =>
      'Replicate again: btrfleet chooses a base that both sides have. If none is left, replicate in full.',
  },
  {
    text: /parent subvolume .* is not read-only|realpath .* failed: No such file|parent determination failed|unable to resolve -p/i,
    of: ['send'],
    code: 'no-base',
    message: (failure) =>
      `${what(failure)} failed: the base on ${failure.server} is gone or was made writable. ${said(failure)}`,
    hint: () => 'Replicate again with another base, or in full.',
  },
  {
    text: /subvolume .* is not read-only/i,
    of: ['send'],
    code: 'send-failed',
    message: (failure) => `${failure.subject} on ${failure.server} was made writable and cannot be sent.`,
    hint: () => 'Make a new snapshot and send that.',
  },
  {
    text: /(?:target path already exists|File exists)$/im,
    code: 'name-taken',
    message: (failure) => `${what(failure)} failed: there is already something of that name.`,
    hint: ({ server }) =>
      `Look at it on ${server}; move or delete it there if it is not needed, then try again.`,
  },
  {
    // Before 5.10 btrfs-progs add nothing to the error, and do not look for the default subvolume.
    text: /send may be in progress|(?:Could not destroy subvolume\/snapshot|cannot delete .*): Operation not permitted$/im,
    of: ['delete'],
    code: 'locked',
    message: (failure) =>
      `${what(failure)} was refused: it is being sent at the moment, a swap file in it is in use, it is the default subvolume, or the right is missing.`,
    hint: ({ server }) =>
      `Wait for the transfer to end, whoever sends it: "pgrep -a btrfs" on ${server} shows it, "swapon --show" a swap file, "btrfs subvolume get-default" the default. If it is none of these, check the rights with "btrfleet doctor".`,
  },
  {
    text: /cannot snapshot .*: Read-only file system$/im,
    of: ['snapshot'],
    code: 'read-only-filesystem',
    message: (failure) =>
      `${what(failure)} failed: the filesystem is mounted read-only, or a read-only snapshot of that name is already there.`,
    hint: ({ server }) =>
      `See "findmnt -t btrfs" on ${server}; a filesystem that became read-only by itself has errors: read "dmesg".`,
  },
  {
    text: /Read-only file system$/im,
    code: 'read-only-filesystem',
    message: (failure) => `${what(failure)} failed: the filesystem is mounted read-only.`,
    hint: ({ server }) =>
      `See "findmnt -t btrfs" on ${server}; a filesystem that became read-only by itself has errors: read "dmesg".`,
  },
  {
    text: /Directory not empty$/im,
    of: ['delete'],
    code: 'refused',
    message: (failure) => `${what(failure)} was refused: there are subvolumes inside it.`,
    hint: ({ subject }) =>
      `Look at what is inside with "btrfs subvolume list -o ${quoteWord(subject)}" and delete or move that first.`,
  },
  {
    text: /not deleting default subvolume|deleting default subvolume .* is not allowed/i,
    of: ['delete'],
    code: 'refused',
    message: (failure) =>
      `${what(failure)} was refused: it is the default subvolume, which is mounted where none is named.`,
    hint: ({ server }) =>
      `On ${server} "btrfs subvolume get-default MOUNT" shows it; make another the default with "btrfs subvolume set-default ID MOUNT" first.`,
  },
  {
    text: /Text file busy$/im,
    of: ['snapshot', 'delete'],
    code: 'refused',
    message: (failure) =>
      `${what(failure)} was refused: a swap file in it is in use, and btrfs makes no snapshot then.`,
    hint: ({ server }) =>
      `"swapon --show" on ${server} names it. Move it to a subvolume of its own, which nobody makes snapshots of, or take it out of use with swapoff.`,
  },
  {
    text: /(?:Device or resource busy|target is busy)$/im,
    of: ['delete', 'rename'],
    code: 'locked',
    message: (failure) => `${what(failure)} was refused: something is mounted on it.`,
    hint: ({ server }) => `See "findmnt -t btrfs" on ${server} and unmount it first.`,
  },
  {
    text: /Invalid cross-device link$/im,
    of: ['snapshot'],
    code: 'refused',
    message: (failure) =>
      `${what(failure)} failed: a snapshot lies on the filesystem of its subvolume, not on another.`,
    hint: () => 'Use replication to bring it to another filesystem.',
  },
  {
    text: /not a (?:valid )?btrfs (?:filesystem|subvolume)|doesn't belong to btrfs mount point|is not a btrfs|failed to get flags for subvolume/i,
    code: 'not-btrfs',
    message: (failure) => `${what(failure)} failed: that is not on btrfs, or not a subvolume.`,
    hint: ({ server }) => `See "findmnt -t btrfs" on ${server}: is the disk mounted that should be there?`,
  },
  {
    text: /No such file or directory$|unable to resolve|Could not statfs/im,
    of: ['snapshot', 'delete', 'send', 'show', 'list'],
    code: 'no-such-subvolume',
    message: (failure) => `${what(failure)} failed: it is not there, or the directory it belongs in is not.`,
    hint: ({ server }) => `See what is there: btrfleet subvolume list --server ${server}`,
  },
  {
    text: /No such file or directory$/im,
    of: ['receive'],
    code: 'not-mounted',
    message: (failure) =>
      `${what(failure)} failed: the directory, or the base of the increment, is not there. ${said(failure)}`,
    hint: ({ server }) => `See "findmnt -t btrfs" on ${server}: is the disk mounted that should be there?`,
  },
  {
    text: /(?:Operation not permitted|Permission denied)$/im,
    code: 'sudo-missing',
    message: (failure) => `${what(failure)} was refused: it needs root. ${lastOf(failure.stderr)}`,
    hint: sudoers,
  },
];
