// Writes the directory of a server: its accounts, keys and configuration, as holder.sh mounts them.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHostKeys } from './keys.ts';
import { PROFILES, type Profile, type ProfileName } from './profiles.ts';
import { findTool } from './requirements.ts';
import type { RunOptions } from './run-command.ts';
import {
  groupFile,
  hostsFile,
  NSSWITCH,
  PAM_SERVICE,
  passwdFile,
  shadowFile,
  sshdConfig,
  sudoersFile,
  USERS,
} from './server-files.ts';

export type ServerPlan = {
  name: string;
  host: string;
  directory: string;
  rootShell: string;
  /** What differs from a tidy server. */
  profile: ProfileName | undefined;
  /** For the sessions of this server, as TZ takes it. */
  timeZone?: string;
};

export type SharedSetup = {
  passwordHash: string;
  authorizedKeys: string;
  sudoersOfFleet: string;
  sshVersion: string;
  hosts: readonly { name: string; host: string }[];
};

export async function writeServerFiles(
  server: ServerPlan,
  shared: SharedSetup,
  options: RunOptions,
): Promise<void> {
  const at = (...parts: string[]) => join(server.directory, ...parts);
  for (const directory of ['etc/pam.d', 'etc/ssh', 'log', 'home'])
    mkdirSync(at(directory), { recursive: true });
  const write = (file: string, text: string, mode: number) => {
    writeFileSync(at('etc', file), text);
    chmodSync(at('etc', file), mode);
  };
  const profile = server.profile && PROFILES[server.profile];
  write('passwd', passwdFile(server.rootShell, shellOf(profile)), 0o644);
  write('shadow', shadowFile(shared.passwordHash), 0o600);
  write('group', groupFile(), 0o644);
  write('hosts', hostsFile(shared.hosts), 0o644);
  write('nsswitch.conf', NSSWITCH, 0o644);
  write('sudoers', sudoersFile(shared.sudoersOfFleet, profile?.sudoers), 0o440);
  write(
    'ssh/sshd_config',
    sshdConfig({ ...server, more: profile?.sshd ?? '', version: shared.sshVersion }),
    0o600,
  );
  for (const service of ['sshd', 'sudo', 'su', 'other']) write(`pam.d/${service}`, PAM_SERVICE, 0o644);
  makeHome(at('root'), 0, shared.authorizedKeys);
  for (const [user, { uid }] of Object.entries(USERS)) makeHome(at('home', user), uid, shared.authorizedKeys);
  await makeHostKeys(server.directory, options);
}

// As passwd wants it: a full path.
function shellOf(profile: Profile | undefined): string | undefined {
  const shell = profile?.shell;
  return shell === undefined || shell.startsWith('/') ? shell : findTool(shell);
}

// sshd lets nobody in whose home others may write to, so modes and owners are set whatever the umask is.
function makeHome(home: string, uid: number, authorizedKeys: string): void {
  mkdirSync(join(home, '.ssh'), { recursive: true });
  writeFileSync(join(home, '.ssh/authorized_keys'), authorizedKeys);
  for (const [path, mode] of [
    [home, 0o700],
    [join(home, '.ssh'), 0o700],
    [join(home, '.ssh/authorized_keys'), 0o600],
  ] as const) {
    chmodSync(path, mode);
    chownSync(path, uid, uid);
  }
}
