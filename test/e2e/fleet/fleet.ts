/** A fleet for a test file: a lab or simulated servers, a state directory of its own, and the program as users run it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Ground } from '../../../scripts/ground/ground.ts';
import { PlayGround } from '../../../scripts/ground/play-ground.ts';
import { Lab } from '../../../scripts/lab/lab.ts';
import type { ProfileChoice } from '../../../scripts/lab/profiles.ts';
import type { Slowness } from '../../../scripts/lab/slow-proxy.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import { patience, restBetween } from '../../patience.ts';
import { PROGRAM } from './bundle.ts';
import { StandingProgram } from './standing-program.ts';

export { PROGRAM };

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it wrote to stderr so far. */
  stderr(): string;
}

export interface ReplicationDocument {
  readonly subvolume: string;
  readonly results: readonly TargetResult[];
}

export interface Replicated {
  readonly code: number | null;
  readonly results: readonly TargetResult[];
  readonly fault: Fault | null;
}

/** The words that add a server; `at`: where it is reached, which may be a proxy before it. */
export const serverAdd = (
  name: string,
  at: { readonly host: string; readonly port: number },
  login: readonly string[],
): string[] => ['server', 'add', name, '--host', at.host, '--port', String(at.port), ...login];

const ON_PLAY = process.env['BTRFLEET_E2E'] === 'play';

/** For single tests of a file that runs anywhere. */
export const onlyReal: string | false = ON_PLAY && 'it needs real servers';

/** Words of what reads its input, or goes on until it is ended. */
const LASTING = new Set(['--schedule', 'engine', '--password-stdin', '--passphrase-stdin']);

interface FleetOptions {
  readonly servers?: number;
  readonly size?: string;
  readonly enrol?: boolean;
}

/** Its servers are of this process alone, as another checkout may run the same file at the same time. */
export class TestFleet<G extends Ground = Ground> {
  readonly lab: G;
  readonly home: string;
  readonly #env: Record<string, string>;
  readonly #standing: StandingProgram;

  private constructor(lab: G, home: string) {
    this.lab = lab;
    this.home = home;
    const { SSH_AUTH_SOCK: _, BTRFLEET_HOME: __, ...env } = process.env;
    // HOME too: the known hosts and keys of whoever runs the tests must not matter.
    this.#env = {
      ...(env as Record<string, string>),
      HOME: home,
      BTRFLEET_HOME: join(home, 'state'),
      NO_COLOR: '1',
    };
    this.#standing = new StandingProgram(PROGRAM, this.#env);
  }

  /** Brings a lab up, enrols its servers (root, by key, trusted), and takes it down after the tests of the file. */
  static async up(
    name: string,
    options: FleetOptions & { readonly profile?: ProfileChoice } = {},
  ): Promise<TestFleet<Lab>> {
    const { servers = 3, size = '1G', profile } = options;
    return TestFleet.#on(
      name,
      await Lab.up({ name: `e2e-${name}-${process.pid}`, servers, size, profile }),
      options,
    );
  }

  /** As `up`, on simulated servers where there can be no lab: for a file that needs no more than these know. */
  static async anywhere(name: string, options: FleetOptions = {}): Promise<TestFleet> {
    if (!ON_PLAY) return TestFleet.up(name, options);
    const { servers = 3, size = '1G' } = options;
    return TestFleet.#on(name, await PlayGround.up([...'abcdefghij'].slice(0, servers), size), options);
  }

  static async #on<G extends Ground>(name: string, lab: G, options: FleetOptions): Promise<TestFleet<G>> {
    const fleet = new TestFleet(lab, mkdtempSync(join(tmpdir(), `btrfleet-e2e-${name}-`)));
    after(async () => {
      fleet.#standing.end();
      await lab.down();
      rmSync(fleet.home, { recursive: true, force: true });
    });
    if (options.enrol !== false) for (const { name: server } of lab.servers) await fleet.enrol(server);
    return fleet;
  }

  /** For tests that are `onlyReal`. */
  get real(): Lab {
    if (this.lab instanceof Lab) return this.lab;
    throw new Error('simulated servers cannot do that');
  }

  /** Adds a server of the lab; `more` replaces the login. */
  async enrol(
    server: string,
    more: readonly string[] = ['--user', 'root', '--key', this.lab.keyFile],
    input = '',
  ): Promise<void> {
    await this.ok(serverAdd(server, this.lab.server(server), [...more, '--trust-first']), input);
  }

  /** Adds a server of the lab once more under another name, reached through a proxy that makes its line slow. */
  async enrolSlow(name: string, server: string, slowness: Slowness): Promise<void> {
    const proxy = await this.lab.slowProxy(server, slowness);
    const login = ['--user', 'root', '--key', this.lab.keyFile];
    await this.ok(serverAdd(name, proxy, [...login, '--trust-first']));
  }

  start(
    args: readonly string[],
    options: { readonly input?: string; readonly env?: Record<string, string> } = {},
  ): Running {
    const child = spawn(process.execPath, ['--no-warnings', PROGRAM, ...args], {
      env: { ...this.#env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.end(options.input ?? '');
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ended, stderr: () => stderr };
  }

  /** A command that reads nothing: by the program that stands ready, or in a process of its own where that is busy. */
  run(args: readonly string[], input = ''): Promise<Ended> {
    const isShort = input === '' && !args.some((word) => LASTING.has(word));
    return (isShort && this.#standing.run(args)) || this.start(args, { input }).ended;
  }

  /** Runs with `--json`; the document, whatever the exit code. */
  async json<T>(
    args: readonly string[],
    input = '',
  ): Promise<{ readonly code: number | null; readonly value: T; readonly stderr: string }> {
    const ended = await this.run([...args, '--json'], input);
    try {
      return { code: ended.code, value: JSON.parse(ended.stdout) as T, stderr: ended.stderr };
    } catch {
      assert.fail(`no JSON from ${args.join(' ')} (exit ${ended.code}): ${ended.stdout}\n${ended.stderr}`);
    }
  }

  /** The document of a command that must succeed. */
  async ok<T>(args: readonly string[], input = ''): Promise<T> {
    const { code, value, stderr } = await this.json<T>(args, input);
    assert.equal(code, 0, `${args.join(' ')}: ${JSON.stringify(value)}\n${stderr}`);
    return value;
  }

  /** `replicate …` with `--json`: its exit code, its results, or the fault of the whole. */
  async replicate(...args: readonly string[]): Promise<Replicated> {
    const { code, value } = await this.json<ReplicationDocument & { readonly fault?: Fault }>([
      'replicate',
      ...args,
    ]);
    return { code, results: value.results ?? [], fault: value.fault ?? null };
  }

  /** The one result of a replication of one snapshot to one target, with the exit code that belongs to it. */
  async replicateOne(...args: readonly string[]): Promise<TargetResult> {
    const { code, results, fault } = await this.replicate(...args);
    const [result, ...others] = results;
    assert.ok(result, `no result of ${args.join(' ')}: ${JSON.stringify(fault)}`);
    assert.deepEqual(others, []);
    const good = ['ok', 'already-there', 'planned'].includes(result.status);
    assert.equal(code, good ? 0 : 1, JSON.stringify(result));
    assert.equal(result.fault === null, good, JSON.stringify(result));
    return result;
  }

  /** The exit code and the fault of a command that fails as a whole. */
  async fault(...args: readonly string[]): Promise<{ readonly code: number | null; readonly fault: Fault }> {
    const { code, value } = await this.json<{ readonly fault?: Fault }>(args);
    assert.ok(value.fault, `no fault of ${args.join(' ')}: ${JSON.stringify(value)}`);
    return { code, fault: value.fault };
  }

  /** Makes a subvolume on server a with some files in it; returns its path. */
  async subvolume(path: string, megabytes = 1): Promise<string> {
    await this.lab.must('a', ['btrfs', 'subvolume', 'create', path]);
    await this.lab.must('a', [
      'dd',
      'if=/dev/urandom',
      `of=${path}/data.bin`,
      'bs=1M',
      `count=${megabytes}`,
      'status=none',
    ]);
    return path;
  }

  /** Makes a snapshot of it; returns its name. */
  async snapshot(subvolume: string): Promise<string> {
    const { snapshots } = await this.ok<{ snapshots: { name: string }[] }>(['snapshot', 'create', subvolume]);
    const [first] = snapshots;
    assert.ok(first);
    return first.name;
  }

  /** Content and metadata of a tree, as a sorted listing that can be compared between servers. */
  async fingerprint(server: string, path: string): Promise<string> {
    const script = `cd -- "$1" || exit 1
      find . -mindepth 1 -printf '%p\\0%y\\0%m\\0%U:%G\\0%s\\0%T@\\0%l\\n' | sort
      find . -type f -print0 | sort -z | xargs -0r sha256sum
      find . -print0 | sort -z | xargs -0r getfattr -h -d -m - 2>/dev/null; true`;
    return this.lab.must(server, ['sh', '-c', script, 'sh', path]);
  }

  /** Fails unless nothing of a transfer is left on a server: no process, no mark, no writable half of a replica. */
  async assertClean(server: string, mount = '/srv/pool'): Promise<void> {
    await eventually(async () => {
      const left = await this.lab.leftovers(server);
      assert.deepEqual(
        left.map(({ argv }) => argv.join(' ')),
        [],
        `processes on ${server}`,
      );
    });
    const marks = await this.lab.exec(server, [
      'sh',
      '-c',
      'find "$1/.snapshots/.btrfleet/receiving" -mindepth 1 -type d -name "2*" 2>/dev/null',
      'sh',
      mount,
    ]);
    assert.equal(marks.stdout, '', `marks on ${server}`);
    const all = await this.lab.must(server, ['btrfs', 'subvolume', 'list', mount]);
    const readOnly = await this.lab.must(server, ['btrfs', 'subvolume', 'list', '-r', mount]);
    const writable = all
      .split('\n')
      .filter((line) => line.includes('.snapshots/') && !readOnly.includes(line));
    assert.deepEqual(writable, [], `writable replicas on ${server}`);
  }
}

/**
 * Waits for a state, not for a time: tries again until it holds, and fails as it fails after `seconds`. `most`:
 * milliseconds between two looks.
 */
export async function eventually<T>(check: () => Promise<T> | T, seconds = 20, most = 250): Promise<T> {
  const until = Date.now() + patience(seconds);
  const rest = restBetween(most);
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await rest();
    }
  }
}
