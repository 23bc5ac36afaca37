/** A real OpenSSH sshd on loopback in a temporary directory, and a pool of connections to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createHosts, type HostPool, type HostsOptions } from '../../../src/core/hosts/pool.ts';
import { createHostKeys } from '../../../src/core/hosts/ssh/host-keys.ts';
import { ok } from '../../../src/core/model/result.ts';
import type { Server } from '../../../src/core/model/server.ts';

const SSHD = '/usr/sbin/sshd';

/** For `test({ skip })`: why there can be no sshd here. */
export const noSshd: string | false = existsSync(SSHD) ? false : 'no /usr/sbin/sshd (openssh-server) here';

export const user = userInfo().username;

export interface Sshd {
  readonly port: number;
  readonly process: ChildProcess;
  /** `host type base64`, as it would stand in known_hosts. */
  readonly knownHost: string;
  stop(): Promise<void>;
}

export interface Workshop {
  readonly directory: string;
  /** A private key that every sshd of this workshop accepts, without passphrase. */
  readonly key: string;
  path(name: string): string;
  makeKey(name: string, type: string, passphrase?: string): string;
  sshd(options?: { lines?: readonly string[]; keyType?: string; port?: number }): Promise<Sshd>;
  clean(): Promise<void>;
}

export function workshop(): Workshop {
  const directory = mkdtempSync(join(tmpdir(), 'btrfleet-hosts-'));
  const running: Sshd[] = [];
  const path = (name: string) => join(directory, name);
  const makeKey = (name: string, type: string, passphrase = '') => {
    rmSync(path(name), { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', path(name)]);
    return path(name);
  };
  const key = makeKey('id', 'ed25519');
  return {
    directory,
    key,
    path,
    makeKey,
    async sshd(options = {}) {
      const port = options.port ?? (await freePort());
      const sshd = await startSshd(directory, port, makeKey, options);
      running.push(sshd);
      return sshd;
    },
    async clean() {
      await Promise.all(running.map((sshd) => sshd.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startSshd(
  directory: string,
  port: number,
  makeKey: Workshop['makeKey'],
  { lines = [], keyType = 'ed25519' }: { lines?: readonly string[]; keyType?: string },
): Promise<Sshd> {
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKey = makeKey(`host_${port}`, keyType);
  const config = join(directory, `sshd_${port}`);
  const accepted = join(directory, 'authorized_keys');
  if (!existsSync(accepted)) writeFileSync(accepted, readFileSync(join(directory, 'id.pub')));
  writeFileSync(
    config,
    [
      ...lines,
      // Whoever runs this may have a slow or noisy ~/.bashrc, which bash reads under sshd.
      `SetEnv HOME=${directory}`,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${accepted}`,
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'PidFile none',
      'MaxStartups 100',
      '',
    ].join('\n'),
  );
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', () => reject(new Error(said)));
  });
  const [type, base64] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  return {
    port,
    process: child,
    knownHost: `[127.0.0.1]:${port} ${type} ${base64?.trim()}`,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export const serverAt = (name: string, port: number, key: string, more: Partial<Server> = {}): Server => ({
  name,
  host: '127.0.0.1',
  port,
  user,
  auth: { kind: 'key', file: key },
  jump: null,
  role: 'secondary',
  defaultMount: null,
  ...more,
});

export interface PoolParts extends Partial<HostsOptions> {
  readonly servers: readonly Server[];
  /** Lines of the user's known_hosts. */
  readonly trusted?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
}

export function poolOf(
  shop: Workshop,
  { servers, trusted = [], secrets = {}, ...options }: PoolParts,
): HostPool {
  const known = shop.path(`known_${Math.random()}`);
  writeFileSync(known, trusted.map((line) => `${line}\n`).join(''));
  return createHosts({
    lookup: (name) => servers.find((server) => server.name === name) ?? null,
    secret: (name) => ok(secrets[name] ?? null),
    hostKeys: createHostKeys({ own: shop.path('own_known_hosts'), others: [known] }, Date.now),
    agentSocket: null,
    homeDirectory: shop.directory,
    needs: { needed: [], harmless: ['true'], sudoersLines: () => [] },
    now: () => performance.now(),
    path: process.env['PATH'] ?? '',
    ...options,
  });
}
