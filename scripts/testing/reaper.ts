// A run of the tests: its mark, its scratch directory, and the process that clears away what it leaves (reap.ts).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In the environment of everything a run starts, with the number of the run. */
export const MARK = 'BTRFLEET_TEST_RUN';

/** The labs of tests, by their names (test/e2e/fleet/fleet.ts). */
export const TEST_LABS = 'e2e-';

const MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
/** Far more than the tiers that use it need. */
const ENOUGH_BYTES = 1024 ** 3;

/** What lies in memory waits for no disk. Null: no such place here, little room there, or no program of it may run. */
function scratchInMemory(): string | null {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY);
    if (type !== TMPFS || bavail * bsize < ENOUGH_BYTES) return null;
    const directory = mkdtempSync(join(MEMORY, 'btrfleet-test-'));
    // As open as the usual one: some tests become another user.
    chmodSync(directory, 0o1777);
    const program = join(directory, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    if (spawnSync(program).status === 0) return directory;
    rmSync(directory, { recursive: true });
    return null;
  } catch {
    return null;
  }
}

export class Reaper {
  /** What its children are started with: the mark, and a home that holds nothing of whoever runs the tests. */
  readonly env: NodeJS.ProcessEnv;
  /** Where tests are compiled to: below node_modules, so that they find the packages, and git and biome leave it alone. */
  readonly compiled: string;
  /** Where tests may put what needs no disk. */
  readonly scratch: string;
  readonly #child: ChildProcess;

  constructor(root: string) {
    const run = randomUUID();
    const home = mkdtempSync(join(tmpdir(), 'btrfleet-test-'));
    this.env = { [MARK]: run, HOME: home };
    this.compiled = join(root, 'node_modules/.cache', `btrfleet-tests-${run}`);
    const memory = scratchInMemory();
    this.scratch = memory ?? tmpdir();
    const made = [home, this.compiled, ...(memory === null ? [] : [memory])];
    this.#child = spawn(
      process.execPath,
      ['--no-warnings', join(import.meta.dirname, 'reap.ts'), run, ...made],
      {
        detached: true,
        stdio: ['pipe', 'ignore', 'inherit'],
      },
    );
  }

  /** When it resolves, nothing of the run is left. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on('error', resolve).on('exit', resolve));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin?.end();
    await ended;
  }
}
