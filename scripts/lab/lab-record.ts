// What is written down about a lab (lab.json in its directory), and which of the labs written down has lost its owner.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfileName } from './profiles.ts';

export type ServerRecord = {
  name: string;
  /** Its address, reachable from this machine. */
  host: string;
  port: number;
  user: string;
  password: string;
  /** Where its first btrfs is mounted, inside it. */
  mount: string;
  /** What is odd about it. */
  profile: ProfileName | undefined;
  /** The process that holds its namespaces, as this machine numbers it. */
  holder: number;
};

/** A process, told from a later one with the same number by its start time in clock ticks since boot. */
export type Owner = { pid: number; startTicks: string };

export type LabRecord = {
  name: string;
  directory: string;
  state: 'starting' | 'up';
  /** Null: it stays up until somebody takes it down. */
  owner: Owner | null;
  bridge: string;
  /** "10.x.y", the first three numbers of its /24. */
  network: string;
  password: string;
  keyFile: string;
  rsaKeyFile: string;
  passphraseKeyFile: string;
  passphrase: string;
  sshConfigFile: string;
  servers: ServerRecord[];
};

const PREFIX = 'btrfleet-lab-';

/** Throws unless the name can stand in file, interface and host names. */
export function labDirectory(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name))
    throw new Error(`not a name for a lab: ${JSON.stringify(name)}`);
  return join(tmpdir(), PREFIX + name);
}

/** Makes the lab's directory and writes the record; from then on a sweep can find it. */
export function writeRecord(record: LabRecord): void {
  mkdirSync(record.directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(record.directory, 'lab.json'), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

/** The record of a lab; undefined where there is none, or none that can be read. */
export function readRecord(name: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(labDirectory(name), 'lab.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The names of the labs written down on this machine that begin with `prefix`. */
export const labNames = (prefix = ''): string[] =>
  readdirSync(tmpdir())
    .filter((entry) => entry.startsWith(PREFIX + prefix))
    .map((entry) => entry.slice(PREFIX.length))
    .sort();

/** This process, as the owner of a lab. */
export function thisProcess(): Owner {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? '' };
}

/** A zombie has ended, whether or not anybody ever asks how. */
export function isAlive({ pid, startTicks: started }: Owner): boolean {
  const fields = statFields(pid);
  return fields !== undefined && fields[0] !== 'Z' && fields[0] !== 'X' && fields[19] === started;
}

const startTicks = (pid: number): string | undefined => statFields(pid)?.[19];

/** The fields of /proc/PID/stat from the third on, the state. starttime is field 22. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may hold blanks and brackets: count from its end.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
