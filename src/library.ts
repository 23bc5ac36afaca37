/** `btrfleet/core`, btrfleet as a library. Importing it loads next to nothing and does nothing; `openFleet` begins. */
import type { OpenFleet, Result, Surroundings } from './core/index.ts';

export * from './core/index.ts';
export { findingWords, type Words } from './text/words/finding.ts';

export interface OpenOptions extends Surroundings {
  /** The state directory; made where there is none. Left out: where the program keeps its own. */
  readonly home?: string;
}

/**
 * Opens a fleet by its state directory, the same that the program uses, at the same time if need be. It connects to no
 * server yet. Faults: `config-invalid` (also of a directory or journal that cannot be used), `usage` (no such place),
 * `locked`, `no-space`.
 */
export async function openFleet({ home, ...surroundings }: OpenOptions = {}): Promise<Result<OpenFleet>> {
  const { wireFleet } = await import('./process/wiring.ts');
  const { overFleet } = await import('./core/library/over-fleet.ts');
  const wired = wireFleet(home ?? null, surroundings);
  if (!wired.ok) return wired;
  const { fleet, home: at, notes, close } = wired.value;
  const read = fleet.config.read();
  const warnings = read.ok ? read.value.warnings : [];
  return { ok: true, value: overFleet(fleet, { home: at.directory, notes: [...notes, ...warnings], close }) };
}
