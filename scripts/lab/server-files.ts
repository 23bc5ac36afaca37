// The text of every file a lab server has of its own: accounts, sudo, PAM, sshd. Pure; writes nothing.

/** Who can log in on every server, with the client key or the lab's password. Root's shell is set per server. */
export const USERS = {
  /** Not root; may run by sudo only what `minimalSudoers` (or the text a test gives) allows. */
  fleet: { uid: 4242, shell: '/bin/bash' },
  /** Not root; may run everything by sudo, and its login shell is dash. */
  dash: { uid: 4243, shell: '/bin/dash' },
  /** Not root, and without any right to sudo. */
  nosudo: { uid: 4244, shell: '/bin/bash' },
} as const;

export type User = 'root' | keyof typeof USERS;

const line = (...fields: readonly (string | number)[]) => `${fields.join(':')}\n`;
const people = Object.entries(USERS);

/** `everybodys`: the shell of every user, in place of their own. */
export const passwdFile = (rootShell: string, everybodys?: string): string =>
  line('root', 'x', 0, 0, 'root', '/root', everybodys ?? rootShell) +
  line('sshd', 'x', 74, 65534, 'sshd', '/run/sshd', '/usr/sbin/nologin') +
  line('nobody', 'x', 65534, 65534, 'nobody', '/nonexistent', '/usr/sbin/nologin') +
  people
    .map(([name, { uid, shell }]) => line(name, 'x', uid, uid, name, `/home/${name}`, everybodys ?? shell))
    .join('');

export const shadowFile = (passwordHash: string): string =>
  ['root', ...people.map(([name]) => name)]
    .map((name) => line(name, passwordHash, 20000, 0, 99999, 7, '', '', ''))
    .join('') + ['sshd', 'nobody'].map((name) => line(name, '*', 20000, 0, 99999, 7, '', '', '')).join('');

export const groupFile = (): string =>
  line('root', 'x', 0, '') +
  line('tty', 'x', 5, '') +
  line('disk', 'x', 6, '') +
  line('nogroup', 'x', 65534, '') +
  people.map(([name, { uid }]) => line(name, 'x', uid, '')).join('');

export const hostsFile = (hosts: readonly { name: string; host: string }[]): string =>
  `127.0.0.1 localhost\n::1 localhost\n${hosts.map(({ name, host }) => `${host} ${name}\n`).join('')}`;

/** Files only: a name that is not found must not wait for a name server which the server cannot reach. */
export const NSSWITCH = `passwd: files
group: files
shadow: files
hosts: files
`;

export type SudoTools = { btrfs: string; mkdir: string; rmdir: string };

/** The commands of the minimal list: what a server must allow and nothing besides. */
export const minimalCommands = ({ btrfs, mkdir, rmdir }: SudoTools): readonly string[] => [
  `${btrfs} subvolume list *`,
  `${btrfs} subvolume snapshot *`,
  `${btrfs} subvolume delete *`,
  `${btrfs} subvolume show *`,
  `${btrfs} send *`,
  `${btrfs} receive *`,
  `${btrfs} filesystem usage *`,
  `${btrfs} --version`,
  `${mkdir} -p -- *`,
  `${mkdir} -- *`,
  `${rmdir} -- *`,
];

/** The sudoers lines for the user with minimal rights, one command per line. */
export const minimalSudoers = (user: string, tools: SudoTools): string =>
  minimalCommands(tools)
    .map((command) => `${user} ALL=(root) NOPASSWD: ${command}\n`)
    .join('');

/** The whole sudoers file of a server; `fleetLines` are those of the user with minimal rights. */
export const sudoersFile = (fleetLines: string, more = ''): string => `Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
dash ALL=(ALL:ALL) NOPASSWD: ALL
${more}${fleetLines}`;

/** One PAM service for all: the password file and nothing of the machine's own (no systemd, no message of the day). */
export const PAM_SERVICE = `auth required pam_unix.so nodelay
account required pam_unix.so
password required pam_unix.so
session required pam_permit.so
`;

export type SshdSettings = {
  host: string;
  /** Sets the clock zone of every session, so that a forgotten TZ=UTC shows. */
  timeZone?: string;
  /** Further lines of its configuration. */
  more?: string;
  /** "OpenSSH_9.2p1 …", as `ssh -V` prints it. */
  version: string;
};

export const HOST_KEY_TYPES = ['ed25519', 'ecdsa'] as const;
export type HostKeyType = (typeof HOST_KEY_TYPES)[number];

export const sshdConfig = ({ host, timeZone, version, more = '' }: SshdSettings): string => `Port 22
ListenAddress ${host}
${HOST_KEY_TYPES.map((type) => `HostKey /etc/ssh/ssh_host_${type}_key\n`).join('')}PidFile /run/sshd.pid
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
UseDNS no
AllowAgentForwarding yes
AllowTcpForwarding yes
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
${timeZone === undefined ? '' : `SetEnv TZ=${timeZone}\n`}${hasPenalties(version) ? 'PerSourcePenalties no\n' : ''}${more}`;

/** From 9.8 on sshd shuts out an address that failed to log in, and here all clients share one address. */
export function hasPenalties(version: string): boolean {
  const [, major = '0', minor = '0'] = /OpenSSH_(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 9 || (Number(major) === 9 && Number(minor) >= 8);
}

/** For a person at a prompt: `ssh -F DIRECTORY/ssh_config a`. */
export const sshClientConfig = (
  directory: string,
  keyFile: string,
  hosts: readonly { name: string; host: string }[],
): string =>
  hosts.map(({ name, host }) => `Host ${name}\n  HostName ${host}\n`).join('') +
  `Host *
  User root
  IdentityFile ${keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${directory}/known_hosts
  StrictHostKeyChecking yes
`;
