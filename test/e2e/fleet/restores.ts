/** For tests of restores: what one comes to, and the words that ask for it. */
import type { RestoreReport } from '../../../src/core/model/runs/restore.ts';
import type { TestFleet } from './fleet.ts';

export interface Restored extends RestoreReport {
  readonly replacedPath: string | null;
  readonly undo: number | null;
}

export const restoring = (fleet: TestFleet) => ({
  /** Runs a script on the primary of the test. */
  on: (script: string): Promise<string> => fleet.lab.must('a', ['sh', '-ec', script]),
  restore: (subvolume: string, name: string, ...more: readonly string[]): Promise<Restored> =>
    fleet.ok<Restored>(['snapshot', 'restore', subvolume, name, '--yes', ...more]),
  undo: (run: number | null, ...more: readonly string[]): Promise<Restored> =>
    fleet.ok<Restored>(['restore', 'undo', String(run), '--yes', ...more]),
});
