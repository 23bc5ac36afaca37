/** What a deletion by hand is asked for and reported as. */
import type { Fault } from '../fault.ts';
import type { ChosenSnapshot } from '../snapshot.ts';
import { none, type RunSpec } from './spec.ts';

export interface DeleteRequest {
  readonly subvolume: string;
  /** Null: the primary. */
  readonly server: string | null;
  readonly snapshots: readonly ChosenSnapshot[];
  /** Also what is the last that the subvolume has in common with a target. Left out: false. */
  readonly allowLastBase?: boolean;
}

export interface DeletedSnapshot {
  readonly name: string;
  readonly path: string;
  readonly status: 'deleted' | 'failed';
  readonly fault: Fault | null;
}

export interface DeleteReport {
  readonly subvolume: string;
  readonly server: string;
  readonly results: readonly DeletedSnapshot[];
}

export const DELETION: RunSpec<DeleteRequest, DeleteReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: ({ server }) => server,
  targets: none,
  snapshots: ({ snapshots }) => snapshots.map(({ name }) => name),
  told: ({ server }) => ({ subvolumes: [], servers: [server] }),
  sent: () => null,
  faults: ({ results }) => results.flatMap(({ fault }) => fault ?? []),
  outcome: ({ results }) => (results.some(({ status }) => status === 'failed') ? 'failed' : 'ok'),
};
