// A lab with its servers enrolled, wired in this process as the program wires itself: what the benches measure on.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from '../../src/core/model/result.ts';
import type { RunReport, RunRequest } from '../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../src/core/model/runs/snapshot.ts';
import { executeRun } from '../../src/core/run/execute.ts';
import type { Fleet } from '../../src/core/run/ground/fleet.ts';
import { addServer, trustServer } from '../../src/core/run/settings/servers.ts';
import { type Wired, wireFleet } from '../../src/process/wiring.ts';
import { Lab } from '../lab/lab.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const PROGRAM = join(ROOT, 'dist/btrfleet.mjs');

/** Servers a and b, a being the primary; everything goes with it. */
export class BenchFleet implements AsyncDisposable {
  readonly lab: Lab;
  readonly fleet: Fleet;
  /** The state directory, for the program as a process of its own. */
  readonly home: string;
  readonly #wired: Wired;

  private constructor(lab: Lab, home: string, wired: Wired) {
    this.lab = lab;
    this.home = home;
    this.fleet = wired.fleet;
    this.#wired = wired;
  }

  static async up(name: string, size: string): Promise<BenchFleet> {
    await Lab.sweep('bench-');
    const lab = await Lab.up({ name: `bench-${name}-${process.pid}`, servers: 2, size });
    const home = join(lab.record.directory, 'bench-home');
    const wired = wireFleet(home);
    if (!wired.ok) await lab.down();
    const bench = new BenchFleet(lab, home, value(wired));
    try {
      await bench.#enrol();
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Executes a request as a command does, over the connections that are open. */
  execute(request: RunRequest): Promise<RunReport> {
    const { journal, holder } = this.fleet;
    return executeRun(this.fleet, journal.createRun({ request, trigger: 'hand', state: 'running', holder }));
  }

  /** Takes a snapshot of a subvolume of a; gives its name. */
  async snapshot(subvolume: string): Promise<string> {
    const report = await this.execute(snapshotByHand([subvolume]));
    const made = report.kind === 'snapshot' ? report.snapshots[0] : undefined;
    if (!made) throw new Error(`no snapshot: ${JSON.stringify(report)}`);
    return made.name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wired.close();
    // The home lies in the lab's directory and goes with it.
    await this.lab.down();
  }

  async #enrol(): Promise<void> {
    for (const { name, host, port } of this.lab.servers) {
      const auth = { kind: 'key', file: this.lab.keyFile } as const;
      const server = { name, host, port, user: 'root', auth, jump: null, defaultMount: null };
      value(await trustServer(this.fleet, value(addServer(this.fleet, server)), null));
    }
  }
}

/** The value of what must succeed here. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.fault.message} ${result.fault.hint}`);
  return result.value;
}

/** Builds the program if its source is newer. */
export const buildProgram = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-needed']);
};

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Seconds that something took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
