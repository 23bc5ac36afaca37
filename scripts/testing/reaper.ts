// A run of the tests: its mark, its scratch directory, and the process that clears away what it leaves (reap.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In the environment of everything a run starts, with the number of the run. */
export const MARK = 'BTRFLEET_TEST_RUN';

/** The labs of tests, by their names (test/e2e/fleet/fleet.ts). */
export const TEST_LABS = 'e2e-';

export class Reaper {
  /** What its children are started with: the mark, and a home that holds nothing of whoever runs the tests. */
  readonly env: NodeJS.ProcessEnv;
  /** Where tests are compiled to: below node_modules, so that they find the packages, and git and biome leave it alone. */
  readonly compiled: string;
  readonly #child: ChildProcess;

  constructor(root: string) {
    const run = randomUUID();
    const home = mkdtempSync(join(tmpdir(), 'btrfleet-test-'));
    this.env = { [MARK]: run, HOME: home };
    this.compiled = join(root, 'node_modules/.cache', `btrfleet-tests-${run}`);
    this.#child = spawn(
      process.execPath,
      ['--no-warnings', join(import.meta.dirname, 'reap.ts'), run, home, this.compiled],
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
