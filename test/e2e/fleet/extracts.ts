/** For tests that bring files back: the words that ask for it, and what it comes to. */
import type { ExtractReport } from '../../../src/core/model/runs/extract.ts';
import type { TestFleet } from './fleet.ts';

export interface Extracted extends ExtractReport {
  readonly undo: number | null;
}

export const extracting = (fleet: TestFleet) => ({
  on: (script: string, server = 'a'): Promise<string> => fleet.lab.must(server, ['sh', '-ec', script]),
  extract: (subvolume: string, name: string, paths: readonly string[], ...more: readonly string[]) =>
    fleet.ok<Extracted>(['snapshot', 'extract', subvolume, name, ...paths, '--yes', ...more]),
  undo: (run: number | null, ...more: readonly string[]): Promise<Extracted> =>
    fleet.ok<Extracted>(['restore', 'undo', String(run), '--yes', ...more]),
});
