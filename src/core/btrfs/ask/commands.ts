/** Decides the words of every command that changes or streams btrfs data, and the rights they need; runs nothing. */
import { type Argv, asRoot, type Command } from '../../model/command.ts';
import { inPlaceCommand } from './way-script.ts';

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
export const DELETE_WORDS = ['btrfs', 'subvolume', 'delete', '--'] as const;
/** Several must lie in one directory. */
export const deleteSubvolumeCommand = (sudo: readonly string[], ...paths: readonly string[]): Command =>
  inPlaceCommand(sudo, paths, DELETE_WORDS);

/** Before the path. */
const SHOW_WORDS = ['btrfs', 'subvolume', 'show', '--'] as const;
/** Of what lies in a directory of ours. Its output is read by `parseShow`. */
export const showCommand = (sudo: readonly string[], path: string): Command =>
  inPlaceCommand(sudo, [path], SHOW_WORDS);

/** The stream on stdout. */
export const sendCommand = (what: SendArguments): Command => asRoot(...sendArgv(what, []));

/** The same stream without file contents: what `payloadBytes` of the stream reader gives for it is the estimate. */
export const estimateCommand = (what: SendArguments): Command => asRoot(...sendArgv(what, ['--no-data']));

/** Before the directory. The stream comes on stdin; the subvolume appears there under the name it was sent with. */
export const RECEIVE_WORDS = ['btrfs', 'receive', '-q', '--'] as const;

const RMDIR_WORDS = ['rmdir', '--'] as const;
/** Of what lies in a directory of ours. Refused by the server when it is not empty. */
export const removeDirectoryCommand = (sudo: readonly string[], path: string): Command =>
  inPlaceCommand(sudo, [path], RMDIR_WORDS);

/** Harmless where sudo allows it: it changes nothing and prints nothing. */
export const HARMLESS: Argv = ['mkdir', '-p', '--', '/'];

/** One sample of every form of the commands that need root, to ask `sudo -n -l` whether it would be allowed. */
export const PRIVILEGED: readonly Argv[] = [
  ['btrfs', 'subvolume', 'list', '-puqRcg', '--sort=rootid', '--', '/a'],
  ['btrfs', 'subvolume', 'list', '-r', '--sort=rootid', '--', '/a'],
  [...SNAPSHOT_WORDS, '/a', '/b'],
  [...DELETE_WORDS, '/a', '/b'],
  [...SHOW_WORDS, '/a'],
  sendCommand({ snapshot: '/a', base: null, compress: false }).argv,
  sendCommand({ snapshot: '/a', base: '/b', compress: false }).argv,
  estimateCommand({ snapshot: '/a', base: null, compress: false }).argv,
  [...RECEIVE_WORDS, '/a'],
  ['mkdir', '-p', '--', '/a'],
  ['mkdir', '--', '/a'],
  [...RMDIR_WORDS, '/a'],
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

const PATHS: Readonly<Record<string, readonly string[]>> = {
  btrfs: ['/usr/bin/btrfs', '/usr/sbin/btrfs'],
  mkdir: ['/usr/bin/mkdir'],
  rmdir: ['/usr/bin/rmdir'],
};
const BTRFS_RIGHTS = [
  'subvolume list *',
  'subvolume snapshot *',
  'subvolume delete *',
  'subvolume show *',
  'send *',
  'receive *',
  ...MEASURING_RIGHTS,
] as const;

/** What is known of the sudo the lines are for. */
export interface SudoersNeeds {
  /** Where sudo finds btrfs, mkdir and rmdir. Those that are missing are at the places most systems have them. */
  readonly paths?: ReadonlyMap<string, string>;
  /** `Defaults requiretty` is set there, and must not hold for this login. */
  readonly withoutTerminal?: boolean;
}

/**
 * The lines of /etc/sudoers.d/btrfleet that give `user` what btrfleet needs and nothing else. `btrfs receive` may
 * create any file: who holds these rights is to be trusted like root.
 */
export function sudoersLines(user: string, { paths, withoutTerminal = false }: SudoersNeeds = {}): string[] {
  const at = (program: string): readonly string[] => {
    const path = paths?.get(program);
    return path === undefined ? (PATHS[program] ?? []) : [sudoersWord(path)];
  };
  const all = (program: string, rights: readonly string[]) =>
    at(program).flatMap((path) => rights.map((right) => `${path} ${right}`));
  const commands = [
    ...all('btrfs', BTRFS_RIGHTS),
    ...all('mkdir', ['-p -- *', '-- *']),
    ...all('rmdir', ['-- *']),
  ];
  const name = sudoersWord(user);
  return [
    `Cmnd_Alias BTRFLEET = ${commands.join(', ')}`,
    ...(withoutTerminal ? [`Defaults:${name} !requiretty`] : []),
    `${name} ALL=(root) NOPASSWD: BTRFLEET`,
  ];
}

/** Further lines, for restores of whole subvolumes alone; `lines` are those above, with the paths that sudo uses. */
export function restoreSudoersLines(user: string, lines: readonly string[]): string[] {
  const used = lines.join('\n').match(/\/\S*\/btrfs(?= subvolume list)/g) ?? PATHS['btrfs'] ?? [];
  const rights = [
    ...['/usr/bin/mv', '/bin/mv'].map((mv) => `${mv} -T -- *`),
    ...used.flatMap((btrfs) => [`${btrfs} subvolume get-default *`, `${btrfs} subvolume set-default *`]),
  ];
  return [
    `Cmnd_Alias BTRFLEET_RESTORE = ${rights.join(', ')}`,
    `${sudoersWord(user)} ALL=(root) NOPASSWD: BTRFLEET_RESTORE`,
  ];
}

/** Further lines, for comparing files that the login may not read; each right is a program and its first words. */
export function readingSudoersLines(user: string, rights: readonly string[]): string[] {
  const all = rights.flatMap((right) => [`/usr/bin/${right}`, `/bin/${right}`]);
  return [
    `Cmnd_Alias BTRFLEET_COMPARE = ${all.join(', ')}`,
    `${sudoersWord(user)} ALL=(root) NOPASSWD: BTRFLEET_COMPARE`,
  ];
}

/**
 * Further lines, for files that are brought back or read as root. The right to run any script is that of root, which who
 * may run `btrfs receive` has already.
 */
export function filesSudoersLines(user: string): string[] {
  const rights = ['/usr/bin/sh', '/bin/sh'].map((sh) => `${sh} -c *`);
  return [
    `Cmnd_Alias BTRFLEET_FILES = ${rights.join(', ')}`,
    `${sudoersWord(user)} ALL=(root) NOPASSWD: BTRFLEET_FILES`,
  ];
}

/** sudoers(5), "Other special characters and reserved words": what means something there has a backslash before it. */
const sudoersWord = (word: string): string =>
  word.replace(/[^\p{L}\p{N}_./-]/gu, (special) => `\\${special}`);

function sendArgv({ snapshot, base, compress }: SendArguments, more: readonly string[]): Argv {
  const compressed = compress ? ['--proto', '2', '--compressed-data'] : [];
  const parent = base === null ? [] : ['-p', base];
  return ['btrfs', 'send', '-q', ...more, ...compressed, ...parent, '--', snapshot];
}
