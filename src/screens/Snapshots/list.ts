/** Decides how the snapshots of the chosen subvolume read as rows, the newest on top. */
import type { Cell } from '../../components/table-layout.ts';
import { beforeOf } from '../../core/model/extract/orders.ts';
import { replacedOf } from '../../core/model/runs/restore.ts';
import { bornIdOfSnapshot, type Hold, type Snapshot } from '../../core/model/snapshot.ts';
import { byAge, type Place } from '../../core/plan/catalog/catalog.ts';
import { shownNames } from '../../core/plan/catalog/foreign-history.ts';
import { putAside } from '../../core/plan/restore/put-aside.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import {
  replicaServers,
  secondariesOf,
  shownPlace,
  snapshotsOfPlace,
  unseenServers,
} from '../shared/fleet-view.ts';
import { sizeText } from '../shared/snapshot-cells.ts';

const NONE: readonly Snapshot[] = [];

const namesOf = rememberLast((place: Place) => shownNames(snapshotsOfPlace(place)));

/** Its name; where others have the same one, with the directory before it. */
function shownName(state: AppState, { uuid, name, state: is }: Snapshot): string {
  // Its name begins as that of the subvolume, and has no room.
  if (is === 'replaced') return replacedOf(name)?.at ?? beforeOf(name) ?? name;
  const place = shownPlace(state);
  return (place && namesOf(place).get(uuid)) ?? name;
}

/** With what restores put aside, at the time when they did. */
const newestFirst = rememberLast((place: Place): readonly Snapshot[] => {
  const aside = putAside(place, place.subvolume.path);
  const snapshots = snapshotsOfPlace(place);
  return (aside.length === 0 ? snapshots : [...snapshots, ...aside].toSorted(byAge)).toReversed();
});

export const snapshotsList: ListView<Snapshot> = {
  id: 'snapshots',
  columns: [
    { id: 'name', title: 'SNAPSHOT', width: 24, priority: 0 },
    { id: 'age', title: 'AGE', width: 7, align: 'right', priority: 0 },
    { id: 'size', title: 'SIZE', width: 9, align: 'right', priority: 2 },
    { id: 'replicas', title: 'REPLICAS', width: 12, grow: true, priority: 0 },
    { id: 'state', title: 'STATE', width: 9, priority: 3 },
    { id: 'held', title: 'HELD', width: 6, grow: true, priority: 1 },
  ],
  items: (state) => {
    const place = shownPlace(state);
    return place === null ? NONE : newestFirst(place);
  },
  depends: (state) => [state.looks, state.holds, state.servers],
  key: (snapshot) => snapshot.uuid,
  cells: (snapshot, state) => snapshotCells(snapshot, state),
  search: (snapshot, state) => {
    const replicas = replicaServers(state, snapshot);
    const hold = holdOf(state, snapshot);
    return {
      text: `${shownName(state, snapshot)} ${snapshot.state} ${replicas.join(' ')} ${hold ? `held ${hold.note ?? ''}` : ''}`,
      fields: {
        name: snapshot.name,
        state: snapshot.state,
        server: replicas.join(' '),
        held: hold ? 'yes' : 'no',
        replicas: replicas.length,
        age: snapshot.createdAt === null ? null : (state.now - Date.parse(snapshot.createdAt)) / 1000,
      },
    };
  },
  order: {
    name: ({ name }) => name,
    // The youngest first; those of no known age last.
    age: ({ createdAt }) => (createdAt === null ? Number.MAX_SAFE_INTEGER : -Date.parse(createdAt)),
    size: ({ uuid }, state) => state.sizes[uuid] ?? -1,
    replicas: (snapshot, state) => replicaServers(state, snapshot).length,
    held: (snapshot, state) => (holdOf(state, snapshot) ? 1 : 0),
  },
};

export const holdOf = (state: AppState, snapshot: Snapshot): Hold | null =>
  state.holds.find((hold) => hold.originId === bornIdOfSnapshot(snapshot)) ?? null;

function snapshotCells(snapshot: Snapshot, state: AppState): Readonly<Record<string, Cell>> {
  const hold = holdOf(state, snapshot);
  return {
    name: {
      text: formatName(shownName(state, snapshot)),
      ...(snapshot.state === 'foreign' ? { tone: 'dim' as const } : {}),
    },
    age: { text: coarseAge(snapshot.createdAt, state.now) },
    size: { text: sizeText(state, snapshot) },
    replicas: replicasCell(state, snapshot),
    state: { text: snapshot.state, tone: snapshot.state === 'complete' ? 'plain' : 'warn' },
    held: { text: hold ? `⚑ ${formatName(hold.note ?? 'held')}` : '', tone: 'accent' },
  };
}

function replicasCell(state: AppState, snapshot: Snapshot): Cell {
  if (snapshot.state === 'replaced') return { text: 'put aside by a restore', tone: 'accent' };
  const there = replicaServers(state, snapshot);
  if (snapshot.state === 'foreign') {
    const text = there.length === 0 ? "not btrfleet's" : `${there.join(', ')} (not btrfleet's)`;
    return { text, tone: 'dim' };
  }
  const secondaries = secondariesOf(state);
  const unseen = unseenServers(state).map((name) => `${name}?`);
  if (secondaries.length === 0) return { text: 'no secondaries', tone: 'dim' };
  const text = [...there, ...unseen].join(', ');
  return text === ''
    ? { text: 'none', tone: 'warn' }
    : { text, tone: there.length === secondaries.length ? 'good' : 'plain' };
}
