// The namespaces of a server: starts the process that holds them, enters them, finds what runs in them.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** In the environment of everything a lab starts, with the lab's directory: this is how `dismantle` finds it. */
export const MARK = 'BTRFLEET_LAB_MEMBER';

/**
 * Starts a server's holder, which outlives this process, and gives its number once the server's own directories are
 * in place. `directory` is the server's.
 */
export async function startHolder(directory: string, name: string, lab: string): Promise<number> {
  const logFile = join(directory, 'holder.log');
  const log = openSync(logFile, 'w', 0o600);
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--fork', '--kill-child'];
  const holder = spawn(
    'unshare',
    [...namespaces, 'sh', join(import.meta.dirname, 'holder.sh'), directory, name],
    {
      cwd: '/',
      env: { PATH: SERVER_PATH, [MARK]: lab },
      stdio: ['ignore', 'pipe', log],
      detached: true,
    },
  );
  closeSync(log);
  const { stdout } = holder;
  if (stdout === null) throw new Error('unshare has no output');
  holder.once('error', () => stdout.destroy());
  let said = '';
  for await (const chunk of stdout) {
    said += chunk;
    if (said.includes('\n')) break;
  }
  holder.unref();
  const pid = /^ready (\d+)\n/.exec(said)?.[1];
  if (pid === undefined) throw new Error(`server ${name} did not start:\n${readFileSync(logFile, 'utf8')}`);
  return Number(pid);
}

const SERVER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The argv that runs argv as root inside a server, whether its sshd lives or not, in a fresh environment. */
export const enterArgv = (holder: number, argv: readonly string[]): string[] => [
  ...['nsenter', '-t', `${holder}`, '--mount', '--net', '--pid', '--uts', '--'],
  ...['env', '-i', `PATH=${SERVER_PATH}`, 'HOME=/root', 'USER=root', 'LANG=C.UTF-8', ...argv],
];

/** Whether this process holds the namespaces of a server of the lab in `lab` (and is no later one of that number). */
export const isMember = (pid: number, lab: string): boolean =>
  readProcess(pid, 'environ').split('\0').includes(`${MARK}=${lab}`);

/** Every process of this machine that a lab started, the processes inside sessions excepted. */
export const membersOf = (lab: string): number[] => processNumbers().filter((pid) => isMember(pid, lab));

export type ServerProcess = { pid: number; argv: string[] };

/** What runs in a server's namespaces, its holder, its sshd (sessions included) and its automounter excepted. `pid` is this machine's. */
export function processesIn(holder: number): ServerProcess[] {
  const namespace = processNamespace(holder);
  if (namespace === undefined) return [];
  return processNumbers()
    .filter((pid) => pid !== holder && processNamespace(pid) === namespace)
    .map((pid) => ({ pid, argv: readProcess(pid, 'cmdline').split('\0').slice(0, -1) }))
    .filter(({ argv: [program = ''] }) => program !== '' && !/^(\S*\/)?(sshd|automount)\b/.test(program));
}

const processNumbers = () =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);

// A process may end between being listed and being read: then it has nothing to say.
function readProcess(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function processNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
