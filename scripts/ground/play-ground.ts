// Simulated servers as a ground: btrfleet's own, without a past and without a story.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockStore } from '../../src/play/btrfs/block-store.ts';
import { Pool } from '../../src/play/btrfs/pool.ts';
import { type OpenFile, openNull, openPipe } from '../../src/play/files/open-file.ts';
import { type Doors, openDoors } from '../../src/play/fleet/doors.ts';
import type { Process } from '../../src/play/machine/machine.ts';
import { makeServer, type PlayServer, POOL } from '../../src/play/ssh/server.ts';
import { seeded } from '../../src/play/story/random.ts';
import type { Outcome, RunOptions } from '../lab/run-command.ts';
import { type Slowness, type SlowProxy, startSlowProxy } from '../lab/slow-proxy.ts';
import { copyIn } from './copy-in.ts';
import type { Ground, GroundServer } from './ground.ts';

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30 };

/** As `truncate` takes it, with M or G. */
function bytesIn(size: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([MG])$/.exec(size) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new Error(`not a size: ${size}`);
  return Number(digits) * factor;
}

export class PlayGround implements Ground {
  readonly directory: string;
  readonly servers: readonly GroundServer[];
  readonly keyFile: string;
  readonly password: string;
  readonly #doors: Doors;
  readonly #machines: ReadonlyMap<string, PlayServer>;
  readonly #store: BlockStore;
  readonly #random: () => number;
  readonly #proxies: SlowProxy[] = [];
  /** By server and where it was mounted first. */
  readonly #further = new Map<string, Pool>();

  private constructor(
    directory: string,
    parts: {
      readonly machines: ReadonlyMap<string, PlayServer>;
      readonly doors: Doors;
      readonly store: BlockStore;
      readonly random: () => number;
    },
  ) {
    this.directory = directory;
    this.#machines = parts.machines;
    this.#doors = parts.doors;
    this.#store = parts.store;
    this.#random = parts.random;
    this.keyFile = parts.doors.keyFile;
    this.password = parts.doors.password;
    this.servers = parts.doors.addresses.map(({ name, port, hostKey }) => ({
      ...{ name, host: '127.0.0.1', port },
      hostKeyFingerprint: () =>
        `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`,
    }));
  }

  static async up(names: readonly string[], size = '4G'): Promise<PlayGround> {
    const directory = mkdtempSync(join(tmpdir(), 'btrfleet-ground-'));
    const now = (): number => Date.now();
    const [store, random] = [new BlockStore(), seeded(1)];
    const about = { store, random, now, madeAt: now() };
    const plans = names.map((name) => ({ name, size: bytesIn(size) }));
    const machines = new Map(plans.map((plan) => [plan.name, makeServer(plan, about)]));
    const doors = await openDoors([...machines.values()], { directory, firstPort: null });
    if (!doors.ok) throw new Error(doors.fault.message);
    return new PlayGround(directory, { machines, doors: doors.value, store, random });
  }

  server(name: string): GroundServer {
    const found = this.servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`there is no server ${name}`);
    return found;
  }

  #machine(server: string): PlayServer {
    const found = this.#machines.get(server);
    if (found === undefined) throw new Error(`there is no server ${server}`);
    return found;
  }

  async exec(
    server: string,
    command: string | readonly string[],
    options: RunOptions = {},
  ): Promise<Outcome> {
    const { machine } = this.#machine(server);
    const argv = (typeof command === 'string' ? ['sh', '-c', command] : command).map(byteString);
    const program = machine.program(argv[0] ?? '');
    if (program === undefined) throw new Error(`on ${server} there is no program ${argv[0]}`);
    const [input, feeds] = openPipe();
    const [output, says] = openPipe();
    const [errors, complains] = openPipe();
    const fds = new Map([
      [0, options.input === undefined ? openNull() : input],
      [1, says],
      [2, complains],
    ]);
    const env = new Map(Object.entries({ HOME: '/root', PATH: '/usr/bin:/bin', ...options.env }));
    const process = machine.spawn({ argv, env, cwd: '/', fds }, program);
    const signal = options.signal ?? new AbortController().signal;
    signal.addEventListener('abort', () => process.kill('KILL'), { once: true });
    const given = feeds.write(Buffer.from(options.input ?? ''), signal).catch(() => undefined);
    void given.then(() => feeds.release());
    const [stdout, stderr, code] = await Promise.all([
      all(output, signal),
      all(errors, signal),
      process.ended,
    ]);
    return { code, stdout, stderr };
  }

  async must(server: string, command: string | readonly string[], options?: RunOptions): Promise<string> {
    const { code, stdout, stderr } = await this.exec(server, command, options);
    if (code !== 0) throw new Error(`on ${server}: ${command}: exit ${code}\n${stderr || stdout}`.trimEnd());
    return stdout;
  }

  async fill(
    server: string,
    directory: string,
    { root, names }: { readonly root: string; readonly names: readonly string[] },
  ): Promise<void> {
    const below = directory.slice(POOL.length + 1);
    for (const name of names) copyIn(this.#machine(server).pool, join(root, name), `${below}/${name}`);
  }

  async addFilesystem(server: string, mountPoint: string, size: string): Promise<void> {
    const at = Date.now();
    const about = { size: bytesIn(size), device: `/dev/vdx${this.#further.size}`, at };
    const pool = new Pool({ ...about, store: this.#store, random: this.#random });
    this.#machine(server).files.mount(pool, '', mountPoint);
    this.#further.set(`${server}:${mountPoint}`, pool);
  }

  async plugIn(server: string, mountPoint: string, at = mountPoint): Promise<void> {
    const pool = this.#further.get(`${server}:${mountPoint}`);
    if (pool === undefined) throw new Error(`there was never a disk at ${mountPoint} of ${server}`);
    this.#machine(server).files.mount(pool, '', at);
  }

  async mountSubvolume(server: string, mount: string, subvolume: string, mountPoint: string): Promise<void> {
    const { files } = this.#machine(server);
    const pool = files.mounts.find(({ point }) => `/${point.join('/')}` === mount)?.pool;
    if (pool === undefined) throw new Error(`nothing is mounted at ${mount} of ${server}`);
    files.mount(pool, byteString(subvolume), mountPoint);
  }

  async umount(server: string, mountPoint: string): Promise<void> {
    this.#machine(server).files.unmount(mountPoint);
  }

  async slowProxy(server: string, slowness: Slowness): Promise<SlowProxy> {
    const proxy = await startSlowProxy(this.server(server), slowness);
    this.#proxies.push(proxy);
    return proxy;
  }

  leftovers(server: string): readonly Process[] {
    return this.#machine(server).machine.processes;
  }

  async kill(server: string): Promise<void> {
    const { link, machine } = this.#machine(server);
    link.isDown = true;
    machine.killAll();
  }

  async start(server: string): Promise<void> {
    this.#machine(server).link.isDown = false;
  }

  async down(): Promise<void> {
    for (const proxy of this.#proxies.splice(0)) await proxy.close();
    await this.#doors.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Words of a simulated machine are strings of bytes. */
const byteString = (text: string): string => Buffer.from(text).toString('latin1');

async function all(file: OpenFile, signal: AbortSignal): Promise<string> {
  const read: Uint8Array[] = [];
  for (let bytes = await file.read(65_536, signal); bytes.length > 0; ) {
    read.push(bytes);
    bytes = await file.read(65_536, signal);
  }
  return Buffer.concat(read).toString();
}
