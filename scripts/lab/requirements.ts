// What a lab needs of this machine: which programs, in which package of which distribution, and where they are found.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export const MANAGERS = ['apt-get', 'dnf', 'zypper', 'pacman', 'apk'] as const;
export type Manager = (typeof MANAGERS)[number];

/** The package of a program, in the order of MANAGERS; one name where all distributions call it that. */
type Packages = string | readonly [apt: string, dnf: string, zypper: string, pacman: string, apk: string];

const UTIL_LINUX = ['util-linux', 'util-linux', 'util-linux', 'util-linux', 'util-linux-misc'] as const;
const BTRFS = ['btrfs-progs', 'btrfs-progs', 'btrfsprogs', 'btrfs-progs', 'btrfs-progs'] as const;

/** What a lab runs. */
const TOOLS = {
  'mkfs.btrfs': BTRFS,
  btrfs: BTRFS,
  sshd: ['openssh-server', 'openssh-server', 'openssh-server', 'openssh', 'openssh-server'],
  ssh: ['openssh-client', 'openssh-clients', 'openssh-clients', 'openssh', 'openssh-client-default'],
  'ssh-keygen': ['openssh-client', 'openssh', 'openssh-common', 'openssh', 'openssh-keygen'],
  ip: ['iproute2', 'iproute', 'iproute2', 'iproute2', 'iproute2'],
  losetup: ['mount', 'util-linux', 'util-linux', 'util-linux', 'losetup'],
  mount: ['mount', 'util-linux', 'util-linux', 'util-linux', 'mount'],
  nsenter: UTIL_LINUX,
  unshare: UTIL_LINUX,
  flock: ['util-linux', 'util-linux', 'util-linux', 'util-linux', 'flock'],
  findmnt: ['util-linux', 'util-linux', 'util-linux', 'util-linux', 'findmnt'],
  sudo: 'sudo',
  dash: 'dash',
  bash: 'bash',
  openssl: 'openssl',
  truncate: 'coreutils',
  mkdir: 'coreutils',
  rmdir: 'coreutils',
} as const satisfies Record<string, Packages>;

/** What a profile of the lab runs beside that, where it says so. */
const PROFILE_TOOLS = {
  busybox: 'busybox',
  fish: 'fish',
  automount: 'autofs',
  snapper: 'snapper',
} as const satisfies Record<string, Packages>;

/** What tests run beside a lab. */
const TEST_TOOLS = { tmux: 'tmux' } as const satisfies Record<string, Packages>;

export type ProfileTool = keyof typeof PROFILE_TOOLS;
export type LabTool = keyof typeof TOOLS;
type Tool = LabTool | ProfileTool | keyof typeof TEST_TOOLS;

const ALL: Record<Tool, Packages> = { ...TOOLS, ...PROFILE_TOOLS, ...TEST_TOOLS };

export const LAB_TOOLS = Object.keys(TOOLS) as LabTool[];
/** All that the end-to-end tests run. */
export const E2E_TOOLS = Object.keys(ALL) as Tool[];

/** PATH, and the directories of the system's own programs, which the PATH of cron or of a test may lack. */
export const searchPath = (): string =>
  [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...SYSTEM_DIRECTORIES].join(':');

/** The full path of a program, searched in `searchPath`. */
export const findTool = (name: string): string | undefined =>
  searchPath()
    .split(':')
    .map((directory) => join(directory, name))
    .find(isExecutable);

/** The package manager of this machine; undefined: none that is known here. */
export const packageManager = (): Manager | undefined =>
  MANAGERS.find((manager) => findTool(manager) !== undefined);

export const missingTools = <T extends Tool>(tools: readonly T[]): T[] =>
  tools.filter((tool) => findTool(tool) === undefined);

/** The packages of these programs, each once. */
export function packagesOf(tools: readonly Tool[], manager: Manager): string[] {
  const index = MANAGERS.indexOf(manager);
  const names = tools.map((tool) => {
    const packages = ALL[tool];
    return typeof packages === 'string' ? packages : (packages[index] ?? tool);
  });
  return [...new Set(names)];
}

const INSTALL: Record<Manager, string> = {
  'apt-get': 'apt-get install',
  dnf: 'dnf install',
  zypper: 'zypper install',
  pacman: 'pacman -S',
  apk: 'apk add',
};

/** The line somebody types to install them. */
export function installLine(tools: readonly Tool[], manager = packageManager()): string {
  if (manager === undefined) return `install these programs: ${tools.join(', ')}`;
  return `${INSTALL[manager]} ${packagesOf(tools, manager).join(' ')}`;
}

/** The full path of a program a lab needs; throws with the line that installs it. */
export function toolPath(name: LabTool): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing; install it: ${installLine([name])}`);
  return path;
}

/** Throws, with everything that is missing at once, when this machine cannot carry a lab with the programs it `needs`. */
export function checkRequirements(needs: readonly ProfileTool[] = []): void {
  if (process.platform !== 'linux') throw new Error('a lab needs Linux');
  if (process.getuid?.() !== 0) throw new Error('a lab needs root: it makes namespaces and mounts disks');
  const missing = missingTools([...LAB_TOOLS, ...needs]);
  if (missing.length === 0) return;
  throw new Error(`missing for a lab: ${missing.join(', ')}\ninstall them: ${installLine(missing)}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
