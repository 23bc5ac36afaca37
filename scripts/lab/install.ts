// Installs the programs of a lab where that is allowed and possible, and says so in one line; else says the line to type.
import { execFile } from 'node:child_process';
import {
  findTool,
  installLine,
  type Manager,
  missingTools,
  packageManager,
  packagesOf,
} from './requirements.ts';

type Tools = Parameters<typeof packagesOf>[0];

export interface InstallOptions {
  readonly tools: Tools;
  /** False: nothing is installed (`--no-install`, BTRFLEET_NO_INSTALL=1). */
  readonly allowed: boolean;
  /** What they are for, as the subject of "needs". */
  readonly what: string;
  readonly say: (line: string) => void;
}

const COMMANDS: Record<
  Manager,
  { readonly refresh: readonly string[]; readonly install: readonly string[] }
> = {
  'apt-get': {
    refresh: ['update', '-qq'],
    // Another installation may be at work on a fresh machine.
    install: ['install', '-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'],
  },
  dnf: { refresh: ['makecache', '-q'], install: ['install', '-y', '-q', '--setopt=install_weak_deps=False'] },
  zypper: {
    refresh: ['--non-interactive', 'refresh'],
    install: ['--non-interactive', '--quiet', 'install', '--no-recommends'],
  },
  pacman: { refresh: ['-Sy', '--noconfirm'], install: ['-S', '--noconfirm', '--needed'] },
  apk: { refresh: ['update', '-q'], install: ['add', '-q'] },
};

/** Nothing is asked and nothing is shown; resolves to the output of what failed. */
function run(argv: readonly string[]): Promise<string | null> {
  const [program = '', ...args] = argv;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}`.trim() || error.message : null),
    );
  });
}

/** The words in front of a command that needs root; undefined: there is no way. */
async function asRoot(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = findTool('sudo');
  if (sudo === undefined || (await run([sudo, '-n', 'true'])) !== null) return undefined;
  return [sudo, '-n', 'DEBIAN_FRONTEND=noninteractive'];
}

/** Null: the programs are all there, now. Else why not, with what to type. */
export async function installTools({ tools, allowed, what, say }: InstallOptions): Promise<string | null> {
  const missing = missingTools(tools);
  if (missing.length === 0 || process.platform !== 'linux') return null;
  const manager = packageManager();
  const needs = `${what} needs ${missing.join(', ')}`;
  if (!allowed) return `${needs}, and nothing is to be installed here. To install: ${installLine(missing)}`;
  if (manager === undefined)
    return `${needs}; no package manager was found that is known here (apt-get, dnf, zypper, pacman, apk)`;
  const root = await asRoot();
  if (root === undefined) return `${needs}. As root: ${installLine(missing, manager)}`;
  const packages = packagesOf(missing, manager);
  say(`installing what ${what} needs: ${installLine(missing, manager)} (--no-install forbids it)`);
  const { install, refresh } = COMMANDS[manager];
  const program = findTool(manager) ?? manager;
  const command = [...root, program, ...install, ...packages];
  if ((await run(command)) === null && missingTools(missing).length === 0) return null;
  // A fresh machine has no list of packages yet, or an old one.
  await run([...root, program, ...refresh]);
  const why = await run(command);
  const left = missingTools(missing);
  if (left.length === 0) return null;
  return `${what} needs ${left.join(', ')}, and "${installLine(left, manager)}" failed:\n${why ?? 'it installed nothing that has them'}`;
}

/** Whether `--no-install` or BTRFLEET_NO_INSTALL is there. */
export const mayInstall = (args: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  !args.includes('--no-install') && !/^(?:1|true|yes)$/i.test(env['BTRFLEET_NO_INSTALL'] ?? '');
