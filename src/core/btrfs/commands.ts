/** Decides the words of every command that changes or streams btrfs data, and the rights they need; runs nothing. */
import { type Argv, asRoot, type Command } from '../model/command.ts';

/** What to send. `compress`: protocol 2 with compressed extents as they are; both ends must know it. */
export interface SendArguments {
  /** Absolute path of a read-only snapshot. */
  readonly snapshot: string;
  /** Absolute path of the snapshot the receiver already has; null: in full. */
  readonly base: string | null;
  readonly compress: boolean;
}

/**
 * What makes a read-only snapshot, before source and destination. If the destination is an existing directory, btrfs
 * puts the snapshot INSIDE it (and says "Read-only file system" when that is a read-only snapshot): look at the
 * result, not only at the exit code.
 */
export const SNAPSHOT_WORDS = ['btrfs', 'subvolume', 'snapshot', '-r', '--'] as const;

/**
 * Without `--commit-after`: one commit per snapshot would stall a busy server. After a crash a deleted snapshot may
 * be back, which loses nothing; what is changed later on the same filesystem never outlives the deletion.
 */
export const deleteSubvolumeCommand = (path: string): Command =>
  asRoot('btrfs', 'subvolume', 'delete', '--', path);

/** Its output is read by `parseShow`. */
export const showCommand = (path: string): Command => asRoot('btrfs', 'subvolume', 'show', '--', path);

/** The stream on stdout. */
export const sendCommand = (what: SendArguments): Command => asRoot(...sendArgv(what, []));

/** The same stream without file contents: what `payloadBytes` of the stream reader gives for it is the estimate. */
export const estimateCommand = (what: SendArguments): Command => asRoot(...sendArgv(what, ['--no-data']));

/** The stream on stdin; the subvolume appears in `directory` under the name it was sent with. */
export const receiveCommand = (directory: string): Command =>
  asRoot('btrfs', 'receive', '-q', '--', directory);

export const makeDirectoryCommand = (path: string): Command => asRoot('mkdir', '-p', '--', path);

/** Refused by the server when the directory is not empty. */
export const removeDirectoryCommand = (path: string): Command => asRoot('rmdir', '--', path);

/** One sample of every kind of command that needs root, to ask `sudo -n -l` whether it would be allowed. */
export const PRIVILEGED: readonly Argv[] = [
  ['btrfs', 'subvolume', 'list', '/'],
  [...SNAPSHOT_WORDS, '/a', '/b'],
  deleteSubvolumeCommand('/a').argv,
  showCommand('/a').argv,
  sendCommand({ snapshot: '/a', base: null, compress: false }).argv,
  receiveCommand('/a').argv,
  makeDirectoryCommand('/a').argv,
  ['mkdir', '--', '/a'],
  removeDirectoryCommand('/a').argv,
];

/**
 * What only measures. Without these rights everything else works, and what they would show could not be checked;
 * so they are in the lines for sudoers, and not among what is needed.
 */
const MEASURING_RIGHTS = [
  'filesystem usage *',
  'filesystem du *',
  'device stats *',
  'scrub status *',
  'qgroup show *',
] as const;

const BTRFS_PATHS = ['/usr/bin/btrfs', '/usr/sbin/btrfs'] as const;
const BTRFS_RIGHTS = [
  'subvolume list *',
  'subvolume snapshot *',
  'subvolume delete *',
  'subvolume show *',
  'send *',
  'receive *',
  ...MEASURING_RIGHTS,
] as const;

/**
 * The two lines of /etc/sudoers.d/btrfleet that give `user` what btrfleet needs and nothing else. `btrfs receive` may
 * create any file: who holds these rights is to be trusted like root.
 */
export function sudoersLines(user: string): string[] {
  const btrfs = BTRFS_PATHS.flatMap((path) => BTRFS_RIGHTS.map((right) => `${path} ${right}`));
  const commands = [...btrfs, '/usr/bin/mkdir -p -- *', '/usr/bin/mkdir -- *', '/usr/bin/rmdir -- *'];
  return [`Cmnd_Alias BTRFLEET = ${commands.join(', ')}`, `${user} ALL=(root) NOPASSWD: BTRFLEET`];
}

function sendArgv({ snapshot, base, compress }: SendArguments, more: readonly string[]): Argv {
  const compressed = compress ? ['--proto', '2', '--compressed-data'] : [];
  const parent = base === null ? [] : ['-p', base];
  return ['btrfs', 'send', '-q', ...more, ...compressed, ...parent, '--', snapshot];
}
