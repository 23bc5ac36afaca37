/** Decides which subvolume and which servers the Subvolume tab is about, and what was measured there. Pure. */
import type { Server } from '../../core/model/server.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { MeasuredSize } from '../../core/model/storage.ts';
import type { Place } from '../../core/plan/catalog/catalog.ts';
import type { Measuring } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { chosenPlace, primaryOf, secondariesOf, snapshotsOfPlace } from '../shared/fleet-view.ts';

export interface Sides {
  readonly place: Place | null;
  readonly primary: Server | null;
  /** Null: there are no secondaries. */
  readonly beside: Server | null;
  readonly here: Measuring | null;
  readonly there: Measuring | null;
}

export function sidesOf(state: AppState): Sides {
  const { monitoring } = state;
  const place = chosenPlace(state, monitoring.subvolume);
  const primary = primaryOf(state);
  const secondaries = secondariesOf(state);
  const beside = secondaries.find(({ name }) => name === monitoring.beside) ?? secondaries[0] ?? null;
  const measured = (server: Server | null): Measuring | null =>
    place === null || server === null ? null : (monitoring.measured[`${server.name} ${place.path}`] ?? null);
  return { place, primary, beside, here: measured(primary), there: measured(beside) };
}

/** A snapshot with its size on the primary and on the server beside it; null: not measured, or not there. */
export interface SizeRow {
  readonly snapshot: Snapshot;
  readonly here: MeasuredSize | null;
  readonly there: MeasuredSize | null;
}

const rowsOf = rememberLast(
  (place: Place, here: Measuring | null, there: Measuring | null): readonly SizeRow[] => {
    const near = sizesBy(here, ({ uuid }) => uuid);
    // By what it holds, on whatever server.
    const far = sizesBy(there, ({ originId }) => originId);
    return snapshotsOfPlace(place)
      .map((snapshot) => ({
        snapshot,
        here: near.get(snapshot.uuid) ?? null,
        there: far.get(snapshot.originId) ?? null,
      }))
      .toReversed();
  },
);

function sizesBy(
  measuring: Measuring | null,
  key: (snapshot: Snapshot) => string,
): ReadonlyMap<string, MeasuredSize> {
  if (measuring?.state !== 'known') return new Map();
  return new Map(
    measuring.value.snapshots.flatMap(({ snapshot, size }) =>
      size === null ? [] : [[key(snapshot), size] as const],
    ),
  );
}

const NONE: readonly SizeRow[] = [];

/** The newest on top. */
export function sizeRows(state: AppState): readonly SizeRow[] {
  const { place, here, there } = sidesOf(state);
  return place === null ? NONE : rowsOf(place, here, there);
}
