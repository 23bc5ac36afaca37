/** Runs the command that makes snapshots in a real shell, with a stand-in for btrfs that works on plain directories. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type SnapshotsOrder, snapshotsCommand } from '../../../src/core/btrfs/ask/snapshot-script.ts';
import { belowMount } from '../../../src/core/btrfs/ask/way-script.ts';
import {
  parseSnapshots,
  type SaidMember,
  type SnapshotsSaid,
} from '../../../src/core/btrfs/read/snapshots.ts';
import type { SnapshotHooks } from '../../../src/core/model/policy.ts';
import { patience } from '../../patience.ts';
import { putMounts } from './stand-in-mounts.ts';

/** A directory stands for a subvolume; with `.ro` in it, for a read-only one. What is done goes to the log. */
const BTRFS = `#!/bin/sh
case $2 in
snapshot)
  [ "$1 $3 $4" = 'subvolume -r --' ] || exit 9
  case $5 in *"\${FAIL:-nothing}"*) echo "ERROR: cannot snapshot '$5': Input/output error"; exit 1 ;; esac
  into=$6
  [ ! -e "$6/.ro" ] || { echo "ERROR: cannot snapshot '$5': Read-only file system"; exit 1; }
  [ ! -d "$6" ] || into=$6/\${5##*/}
  mkdir -- "$into" && touch "$into/.ro" || exit 1
  echo snapshot >>"$LOG"
  echo "Create a readonly snapshot of '$5' in '$into'" ;;
show)
  [ -d "$3" ] || { echo "ERROR: cannot find real path for '$3'"; exit 1; }
  flags=-
  [ ! -e "$3/.ro" ] || flags=readonly
  printf 'x/%s\\n\\tName: \\t\\t\\t%s\\n\\tUUID: \\t\\t\\t%s\\n\\tFlags: \\t\\t\\t%s\\n' "$3" "\${3##*/}" 1 "$flags" ;;
delete)
  [ "$3" = -- ] && rm -r -- "$4" && echo delete >>"$LOG" ;;
esac
`;

const BUSYBOX = '/bin/busybox';
const APPLETS = 'sh cat date head ls mkdir rm rmdir sed setsid sleep tail timeout touch tr true'.split(' ');

/** What `sh` is, on the servers there are; with busybox the other programs are its own, too. */
export const SHELLS: readonly string[] = [
  '/bin/bash',
  '/bin/dash',
  ...(existsSync(BUSYBOX) ? [BUSYBOX] : []),
];

/** Whether there is a process with these words among its own. */
export const isRunning = (...wanted: readonly string[]): boolean =>
  readdirSync('/proc').some((pid) => {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return wanted.every((word) => argv.includes(word));
    } catch {
      return false;
    }
  });

/** How many processes have the stdin of `child` as theirs. */
export function readersOf(child: ChildProcess): number {
  const stdinOf = (pid: string): string | null => {
    try {
      return readlinkSync(`/proc/${pid}/fd/0`);
    } catch {
      return null;
    }
  };
  const wanted = stdinOf(String(child.pid));
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && stdinOf(pid) === wanted).length;
}

export const NONCE = 'n0nce';

/** What `snapshotsCommand` is given, with what a test leaves out. */
export interface Ask {
  readonly members?: readonly string[];
  readonly known?: readonly string[];
  readonly now?: number;
  readonly due?: string | null;
  readonly group?: boolean;
  readonly hooks?: SnapshotHooks;
  /** Of a group: those of each member. */
  readonly all?: readonly SnapshotHooks[];
}

export interface Asked {
  readonly child: ChildProcess;
  readonly done: Promise<SnapshotsSaid>;
}

export class SnapshotShell {
  readonly root = mkdtempSync(join(tmpdir(), 'btrfleet-snapshots-'));
  readonly log = join(this.root, 'log');
  readonly #bin = join(this.root, 'bin');
  /** What a program is a link to. */
  readonly #given = new Map<string, string>();
  /** For the command. */
  path: string;
  env: Record<string, string> = {};
  /** Who runs it; null: whoever runs the test. */
  uid: number | null = null;

  /** @param shell what `sh` is */
  constructor(shell: string) {
    mkdirSync(this.#bin);
    const programs = shell === BUSYBOX ? APPLETS : ['sh'];
    for (const program of programs) {
      this.#given.set(program, shell);
      symlinkSync(shell, join(this.#bin, program));
    }
    this.program('btrfs', BTRFS);
    putMounts(this.#bin, [{ point: join(this.root, 'fs') }]);
    this.path = `${this.#bin}:/usr/bin:/bin`;
    chmodSync(this.root, 0o755);
    this.reset();
  }

  /** Puts a program of that name before the system's. */
  program(name: string, text: string): void {
    rmSync(join(this.#bin, name), { force: true });
    writeFileSync(join(this.#bin, name), text);
    chmodSync(join(this.#bin, name), 0o755);
  }

  /** The system's again. */
  removeProgram(name: string): void {
    const given = this.#given.get(name);
    rmSync(join(this.#bin, name));
    if (given) symlinkSync(given, join(this.#bin, name));
  }

  /** A path without all programs but these. */
  only(...programs: readonly string[]): string {
    const directory = mkdtempSync(join(this.root, 'only-'));
    for (const name of [...programs, 'btrfs']) {
      const from = [this.#bin, '/usr/bin', '/bin'].map((at) => join(at, name)).find(existsSync);
      writeFileSync(join(directory, name), `#!${this.#bin}/sh\nexec ${from} "$@"\n`);
      chmodSync(join(directory, name), 0o755);
    }
    chmodSync(directory, 0o755);
    return directory;
  }

  /** Nothing was done yet. */
  reset(): void {
    writeFileSync(this.log, '');
    chmodSync(this.log, 0o666);
    rmSync(join(this.root, 'fs'), { recursive: true, force: true });
    mkdirSync(join(this.root, 'fs'));
    chmodSync(join(this.root, 'fs'), 0o777);
  }

  directory = (member: string): string => join(this.root, 'fs', 'snapshots', member);

  /** What is in the directory of a member's snapshots. */
  names = (member = 'data'): string[] => readdirSync(this.directory(member)).sort();

  /** Puts a snapshot there, or (`.ro` missing) a writable subvolume. */
  put(name: string, { member = 'data', readOnly = true } = {}): void {
    const path = join(this.directory(member), name);
    mkdirSync(path, { recursive: true });
    if (readOnly) writeFileSync(join(path, '.ro'), '');
  }

  /** What was done, in order. */
  done = (): string[] => readFileSync(this.log, 'utf8').split('\n').filter(Boolean);

  /** A command of a hook that logs a word, after it did `more`. */
  says = (word: string, more = ':'): string => `${more}; echo ${word} >>'${this.log}'`;

  start(ask: Ask): Asked {
    const members = ask.members ?? ['data'];
    const order: SnapshotsOrder = {
      sudo: [],
      nonce: NONCE,
      now: ask.now ?? Date.now(),
      dueSince: ask.due ?? null,
      group: ask.group ?? false,
      hooks: (ask.all ?? (ask.hooks ? [ask.hooks] : [])).map((one) => ({ subvolume: '', ...one })),
      snapshots: members.map((member) => ({
        source: `/vol/${member}`,
        directory: belowMount(join(this.root, 'fs'), this.directory(member)),
        known: ask.known ?? [],
      })),
    };
    const [, ...args] = snapshotsCommand(order).argv;
    const child = spawn(join(this.#bin, 'sh'), args, {
      env: { PATH: this.path, HOME: this.root, LC_ALL: 'C', TZ: 'UTC', LOG: this.log, ...this.env },
      detached: true,
      ...(this.uid === null ? {} : { uid: this.uid, gid: this.uid }),
    });
    let output = '';
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const done = new Promise<SnapshotsSaid>((resolve) => {
      child.once('close', () => resolve(parseSnapshots(NONCE, members.length, output)));
    });
    return { child, done };
  }

  run(ask: Ask): Promise<SnapshotsSaid> {
    const asked = this.start(ask);
    asked.child.stdin?.end();
    return asked.done;
  }

  remove = (): void => rmSync(this.root, { recursive: true, force: true });
}

/** The members in a few words: `made`, `back`, `already NAME`, `none`, `code N`. */
export const words = (said: SnapshotsSaid): string =>
  said.kind === 'done' ? said.members.map(wordOf).join(', ') : said.kind;

function wordOf(member: SaidMember): string {
  if (member.kind === 'none') return 'none';
  if (member.kind === 'already') return `already ${member.name}`;
  if (member.code !== 0) return `code ${member.code}`;
  return member.takenBack === null ? 'made' : 'back';
}

/** A hook before, one after; each with so many seconds. */
export const around = (
  before: string | null,
  after: string | null,
  { required = false, seconds = 20 } = {},
): SnapshotHooks => ({
  before: before === null ? null : { command: before, timeoutSeconds: seconds, required },
  after: after === null ? null : { command: after, timeoutSeconds: seconds },
});

/** Waits for a state: tries again until it holds, and fails as it fails after 20 s. */
export async function eventually(check: () => void): Promise<void> {
  const until = performance.now() + patience(20);
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(20);
    }
  }
}
