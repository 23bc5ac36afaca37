// A fleet on one machine: servers with a network, a btrfs and an sshd of their own, for tests, demo and bench to log in
// to, fill, cut off and kill. The servers are real; only the machine is shared.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ground } from '../ground/ground.ts';
import { buildLab, type LabOptions, startSshd, writeKnownHosts } from './build-lab.ts';
import { addDisk, type DiskOptions, mountAgain, mountSubvolume } from './disks.ts';
import { dismantle } from './dismantle.ts';
import { fingerprint, hostKey, makeHostKeys } from './keys.ts';
import { isAlive, type LabRecord, labNames, readRecord, type ServerRecord } from './lab-record.ts';
import { enterArgv, isMember, processesIn, type ServerProcess } from './namespaces.ts';
import { cableState, setCable } from './network.ts';
import { PROFILES } from './profiles.ts';
import { must, type Outcome, type RunOptions, run } from './run-command.ts';
import { type HostKeyType, sudoersFile } from './server-files.ts';
import { type Slowness, type SlowProxy, startSlowProxy } from './slow-proxy.ts';
import { sshAnswers, waitFor } from './wait-for.ts';

const execute = promisify(execFile);

export type LabServer = ServerRecord & {
  /** "ssh-ed25519 AAAA…", as it is now. */
  hostKey(type?: HostKeyType): string;
  /** "SHA256:…", as it is now; ed25519 unless another is named. */
  hostKeyFingerprint(type?: HostKeyType): string;
};

/** `gone`: nothing holds its namespaces; `cut`: its cable is out; `killed`: no sshd answers. */
export type ServerState = 'up' | 'cut' | 'killed' | 'gone';

export class Lab implements Ground, AsyncDisposable {
  readonly record: LabRecord;
  readonly servers: readonly LabServer[];
  readonly #proxies: SlowProxy[] = [];

  private constructor(record: LabRecord) {
    this.record = record;
    this.servers = record.servers.map((server) => {
      const key = (type: HostKeyType = 'ed25519') => hostKey(join(record.directory, server.name), type);
      return { ...server, hostKey: key, hostKeyFingerprint: (type) => fingerprint(key(type)) };
    });
  }

  /** Builds a lab, in place of one of that name. Needs root. Throws with what is missing or failed; nothing stays then. */
  static async up(options: LabOptions = {}): Promise<Lab> {
    return new Lab(await buildLab(options));
  }

  /** A lab that is up, made by whatever process. */
  static open(name = 'lab'): Lab {
    const record = readRecord(name);
    if (record?.state !== 'up')
      throw new Error(`there is no lab ${name}; make it: npm run lab -- up --name ${name}`);
    return new Lab(record);
  }

  /** Takes down whatever there is of a lab of this name. */
  static down(name = 'lab'): Promise<void> {
    return dismantle(name);
  }

  /** Takes down the labs whose name begins with `prefix` and whose owner died without doing so; gives their names. */
  static async sweep(prefix: string): Promise<string[]> {
    const orphans = labNames(prefix).filter((name) => {
      const owner = readRecord(name)?.owner;
      return owner !== undefined && owner !== null && !isAlive(owner);
    });
    for (const name of orphans) await dismantle(name);
    return orphans;
  }

  get name(): string {
    return this.record.name;
  }
  get directory(): string {
    return this.record.directory;
  }
  get password(): string {
    return this.record.password;
  }
  /** Ed25519, without a passphrase. All keys and the password open root, fleet, dash and nosudo on every server. */
  get keyFile(): string {
    return this.record.keyFile;
  }
  get rsaKeyFile(): string {
    return this.record.rsaKeyFile;
  }
  /** Ed25519, encrypted with `passphrase`. */
  get passphraseKeyFile(): string {
    return this.record.passphraseKeyFile;
  }
  get passphrase(): string {
    return this.record.passphrase;
  }

  server(name: string): LabServer {
    const found = this.servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`no server ${name} in lab ${this.name}`);
    return found;
  }

  /** The argv that runs a command (argv, or a line for sh) as root inside a server, past its sshd and its network. */
  execArgv(name: string, command: string | readonly string[]): string[] {
    return enterArgv(this.#holder(name), typeof command === 'string' ? ['sh', '-c', command] : command);
  }

  /** Runs a command (argv, or a line for sh) as root inside a server, past its sshd and its network. */
  exec(name: string, command: string | readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run(this.execArgv(name, command), options);
  }

  /** As exec, but a non-zero exit throws. Gives its stdout. */
  must(name: string, command: string | readonly string[], options: RunOptions = {}): Promise<string> {
    return must(this.execArgv(name, command), options);
  }

  async fill(
    name: string,
    directory: string,
    { root, names }: { readonly root: string; readonly names: readonly string[] },
    signal: AbortSignal,
  ): Promise<void> {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 30, signal } as const;
    const { stdout } = await execute('tar', ['-C', root, '-cf', '-', ...names], options);
    await this.must(name, ['tar', '-C', directory, '-xf', '-'], { input: stdout, signal });
  }

  /** Pulls the cable: packets vanish, nobody is told. */
  async cut(name: string): Promise<void> {
    await setCable(this.record.bridge, this.server(name).name, 'down');
  }

  /** Plugs the cable in again; waits until sshd answers if it runs. */
  async heal(name: string): Promise<void> {
    const { host, port } = this.server(name);
    await setCable(this.record.bridge, name, 'up');
    if (await this.#hasSshd(name)) await waitFor(`${name} answers`, () => sshAnswers(host, port));
  }

  /** Ends everything that runs in a server: sshd, sessions and what they started. Its disks stay mounted. */
  async kill(name: string): Promise<void> {
    const holder = this.#holder(name);
    // -1 is every process of the server but its first, the holder, and the shell that says it.
    await must(this.execArgv(name, 'rm -f /run/sshd.pid; kill -9 -1'));
    await waitFor(`processes of ${name} end`, () => processesIn(holder).length === 0);
  }

  /** Starts the sshd of a server that was killed. */
  async start(name: string): Promise<void> {
    if (await this.#hasSshd(name)) return;
    const isCut = (await cableState(this.record.bridge, name)) !== 'up';
    await startSshd(this.server(name), {}, !isCut);
  }

  /** Gives a server new host keys, as after a reinstallation; its connections end. */
  async rekey(name: string): Promise<void> {
    await this.kill(name);
    await makeHostKeys(join(this.record.directory, name));
    writeKnownHosts(this.record);
    await this.start(name);
  }

  /** A further btrfs of a server, mounted below /srv, /mnt or /media; `size` as truncate takes it, 110M at least. */
  async addFilesystem(name: string, mountPoint: string, size: string, disk: DiskOptions = {}): Promise<void> {
    const directory = join(this.record.directory, name);
    await addDisk({ holder: this.#holder(name), directory, mountPoint, size }, disk);
  }

  /** Mounts `subvolume` (a path below the top level) of the filesystem at `mount` at a further place. */
  async mountSubvolume(name: string, mount: string, subvolume: string, mountPoint: string): Promise<void> {
    await mountSubvolume(this.#holder(name), { mount, subvolume, mountPoint });
  }

  /** Unmounts; the filesystem is lost when this was its last mount. */
  async umount(name: string, mountPoint: string): Promise<void> {
    await this.must(name, ['umount', mountPoint]);
  }

  /** Mounts a disk again that was unmounted, with all that is on it; `at`: at another place than before. */
  async plugIn(name: string, mountPoint: string, at = mountPoint): Promise<void> {
    const directory = join(this.record.directory, name);
    await mountAgain({ holder: this.#holder(name), directory, mountPoint }, at);
  }

  /** Replaces the sudoers lines of the user `fleet` of a server. */
  setSudoers(name: string, lines: string): void {
    const { profile } = this.server(name);
    const more = profile && PROFILES[profile].sudoers;
    writeFileSync(join(this.record.directory, name, 'etc/sudoers'), sudoersFile(lines, more));
  }

  /** A way to a server's sshd that is slow, through this process; it ends with the lab, or by its close(). */
  async slowProxy(name: string, slowness: Slowness): Promise<SlowProxy> {
    const proxy = await startSlowProxy(this.server(name), slowness);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** What still runs in a server besides sshd and its sessions: a btrfs receive, a flock, a sleep. */
  leftovers(name: string): ServerProcess[] {
    return processesIn(this.#holder(name));
  }

  async state(name: string): Promise<ServerState> {
    const { holder, host, port } = this.server(name);
    if (!isMember(holder, this.record.directory)) return 'gone';
    if ((await cableState(this.record.bridge, name)) !== 'up') return 'cut';
    return (await sshAnswers(host, port)) ? 'up' : 'killed';
  }

  async down(): Promise<void> {
    for (const proxy of this.#proxies.splice(0)) await proxy.close();
    await dismantle(this.name);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  // The number may belong to another process by now: never enter that.
  #holder(name: string): number {
    const { holder } = this.server(name);
    if (!isMember(holder, this.record.directory))
      throw new Error(`server ${name} of lab ${this.name} is gone`);
    return holder;
  }

  async #hasSshd(name: string): Promise<boolean> {
    return (await this.exec(name, 'kill -0 "$(cat /run/sshd.pid)"')).code === 0;
  }
}
