/** What the Monitoring page knows, as one value. */
import type { Fault } from '../core/model/fault.ts';
import type { Health } from '../core/model/status/health.ts';
import type { FilesystemState } from '../core/run/storage/storage.ts';
import type { SubvolumeStorage } from '../core/run/storage/subvolume.ts';

export type { FilesystemState };

/** What Monitoring knows; read for as long as somebody looks at it. */
export interface MonitoringState {
  /** By subvolume, each with its newest snapshot; null: not read yet. */
  readonly health: readonly Health[] | null;
  /** Why it could not be read; null: it could. */
  readonly healthFault: Fault | null;
  /** As last seen by anybody; null: not read yet. */
  readonly filesystems: readonly FilesystemState[] | null;
  /** Servers whose storage is being looked at. */
  readonly looking: ReadonlySet<string>;
  /** Why the storage of a server could not be looked at. */
  readonly lookFaults: Readonly<Record<string, Fault>>;
  /** What was measured, by `measureKey`. */
  readonly measured: Readonly<Record<string, Measuring>>;
  /** The subvolume of the Subvolume tab; null: the first one. */
  readonly subvolume: string | null;
  /** The secondary beside the primary there; null: the first one. */
  readonly beside: string | null;
}

export type Measuring =
  | { readonly state: 'measuring'; readonly done: number; readonly total: number | null }
  | { readonly state: 'known'; readonly value: SubvolumeStorage; readonly at: number }
  | { readonly state: 'failed'; readonly fault: Fault };

export const NOTHING_MONITORED: MonitoringState = {
  health: null,
  healthFault: null,
  filesystems: null,
  looking: new Set(),
  lookFaults: {},
  measured: {},
  subvolume: null,
  beside: null,
};
