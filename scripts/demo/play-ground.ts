// Simulated servers as a ground: btrfleet's own, without a past and without a story.
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockStore } from '../../src/play/btrfs/block-store.ts';
import { type Doors, openDoors } from '../../src/play/fleet/doors.ts';
import { makeServer, type PlayServer, POOL } from '../../src/play/fleet/play-server.ts';
import { openNull, openPipe, toText } from '../../src/play/machine/open-file.ts';
import { seeded } from '../../src/play/story/random.ts';
import type { Ground } from './ground.ts';

const SIZE = 4 * 2 ** 30;

export class PlayGround implements Ground {
  readonly directory: string;
  readonly servers: Ground['servers'];
  readonly keyFile: string;
  readonly #doors: Doors;
  readonly #machines: ReadonlyMap<string, PlayServer>;

  private constructor(directory: string, machines: ReadonlyMap<string, PlayServer>, doors: Doors) {
    this.directory = directory;
    this.#machines = machines;
    this.#doors = doors;
    this.keyFile = doors.keyFile;
    this.servers = doors.addresses.map(({ name, port }) => ({ name, host: '127.0.0.1', port }));
  }

  static async up(names: readonly string[]): Promise<PlayGround> {
    const directory = mkdtempSync(join(tmpdir(), 'btrfleet-ground-'));
    const now = (): number => Date.now();
    const about = { store: new BlockStore(), random: seeded(1), now, madeAt: now() };
    const machines = new Map(names.map((name) => [name, makeServer({ name, size: SIZE }, about)]));
    const doors = await openDoors([...machines.values()], { directory, firstPort: null });
    if (!doors.ok) throw new Error(doors.fault.message);
    return new PlayGround(directory, machines, doors.value);
  }

  #machine(server: string): PlayServer {
    const found = this.#machines.get(server);
    if (found === undefined) throw new Error(`there is no server ${server}`);
    return found;
  }

  async run(server: string, line: string, signal: AbortSignal): Promise<string> {
    const { machine } = this.#machine(server);
    const shell = machine.program('sh');
    if (shell === undefined) throw new Error('a simulated machine has no shell');
    const [output, writes] = openPipe();
    const fds = new Map([
      [0, openNull()],
      [1, writes],
      [2, writes.retain()],
    ]);
    const argv = ['sh', '-c', Buffer.from(line).toString('latin1')];
    const process = machine.spawn({ argv, env: new Map([['HOME', '/root']]), cwd: '/root', fds }, shell);
    const said: string[] = [];
    for (
      let bytes = await output.read(65_536, signal);
      bytes.length > 0;
      bytes = await output.read(65_536, signal)
    )
      said.push(Buffer.from(toText(bytes), 'latin1').toString());
    const code = await process.ended;
    if (code !== 0) throw new Error(`on ${server}: ${line}: exit code ${code}: ${said.join('')}`);
    return said.join('');
  }

  async fill(
    server: string,
    directory: string,
    { root, names }: { readonly root: string; readonly names: readonly string[] },
  ): Promise<void> {
    const below = directory.slice(POOL.length + 1);
    for (const name of names) copy(this.#machine(server), join(root, name), `${below}/${name}`);
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
    await this.#doors.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function copy(server: PlayServer, from: string, to: string): void {
  const { pool } = server;
  const stats = lstatSync(from);
  const { mtimeMs: at, mode } = stats;
  const path = Buffer.from(to).toString('latin1');
  pool.mkdir(path.slice(0, path.lastIndexOf('/')), at);
  const { subvolume, parts } = pool.place(path);
  if (stats.isSymbolicLink()) {
    pool.change(subvolume, at, (tree) => tree.symlink(readlinkSync(from), parts, at));
    return;
  }
  if (stats.isDirectory()) {
    pool.mkdir(path, at);
    for (const name of readdirSync(from)) copy(server, join(from, name), `${to}/${name}`);
  } else if (stats.isFile()) pool.write(path, readFileSync(from), at);
  pool.change(subvolume, at, (tree) => tree.describe(parts, { mode: mode & 0o7777, mtime: at }, at));
}
