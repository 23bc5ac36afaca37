// Checks that this machine can carry a lab, and says what to install where it cannot.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** What a lab runs, and the Debian package each comes from. */
const TOOLS = {
  'mkfs.btrfs': 'btrfs-progs',
  btrfs: 'btrfs-progs',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  ip: 'iproute2',
  losetup: 'mount',
  mount: 'mount',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  flock: 'util-linux',
  findmnt: 'util-linux',
  sudo: 'sudo',
  dash: 'dash',
  bash: 'bash',
  openssl: 'openssl',
  truncate: 'coreutils',
  mkdir: 'coreutils',
  rmdir: 'coreutils',
} as const;

/** What a profile of the lab runs beside that, where it says so; likewise with Debian's packages. */
const PROFILE_TOOLS = {
  busybox: 'busybox',
  fish: 'fish',
  automount: 'autofs',
  snapper: 'snapper',
} as const;

export type ProfileTool = keyof typeof PROFILE_TOOLS;

/** PATH, and the directories of the system's own programs, which the PATH of cron or of a test may lack. */
export const searchPath = (): string =>
  [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...SYSTEM_DIRECTORIES].join(':');

/** The full path of a program, searched in `searchPath`. */
export const findTool = (name: string): string | undefined =>
  searchPath()
    .split(':')
    .map((directory) => join(directory, name))
    .find(isExecutable);

/** The full path of a program a lab needs; throws with the package to install. */
export function toolPath(name: keyof typeof TOOLS): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing; install it: apt-get install ${TOOLS[name]}`);
  return path;
}

/** Throws, with everything that is missing at once, when this machine cannot carry a lab with the programs it `needs`. */
export function checkRequirements(needs: readonly ProfileTool[] = []): void {
  if (process.platform !== 'linux') throw new Error('a lab needs Linux');
  if (process.getuid?.() !== 0) throw new Error('a lab needs root: it makes namespaces and mounts disks');
  const wanted = [...Object.entries(TOOLS), ...needs.map((tool) => [tool, PROFILE_TOOLS[tool]] as const)];
  const missing = wanted.filter(([tool]) => findTool(tool) === undefined);
  if (missing.length === 0) return;
  const tools = missing.map(([tool]) => tool).join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new Error(`missing for a lab: ${tools}\ninstall them: apt-get install ${packages}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
