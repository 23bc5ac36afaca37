/** The keys of the Snapshots page. */
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { Place } from '../../core/plan/catalog/catalog.ts';
import { lastBases } from '../../core/plan/retention/last-bases.ts';
import { type App, ask, change, openOverlay, openSelect, tell } from '../../store/app.ts';
import { openFiles } from '../../store/files/browse.ts';
import { openForm } from '../../store/form-actions.ts';
import { askRestore } from '../../store/restore/restore-actions.ts';
import { askRelease, createSnapshot, deleteSnapshots, hold, usersOn } from '../../store/snapshot-actions.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { planLines } from '../../text/restore.ts';
import type { Action } from '../keys/actions.ts';
import { chosenItems, cursorPlace, patchList } from '../lists/lists.ts';
import { basesNow } from '../retention/cleanup-preview.ts';
import {
  noPlace,
  places,
  primaryOf,
  replicaServers,
  shownPlace,
  snapshotsOfPlace,
} from '../shared/fleet-view.ts';
import { openCleanupForm } from './cleanup-form.ts';
import { snapshotDetails } from './details.ts';
import { holdOf, snapshotsList } from './list.ts';

const noSnapshot = (state: AppState): string | undefined =>
  noPlace(state) ??
  (cursorPlace(state, snapshotsList).item === null ? 'there is no snapshot here' : undefined);

const isAside = (state: AppState, what: string): string | undefined =>
  chosen(state)?.state === 'replaced' ? `a restore put it aside: ${what}` : undefined;

const on =
  (work: (app: App, place: Place) => void) =>
  (app: App): void => {
    const place = shownPlace(app.store.getState());
    if (place) work(app, place);
  };

export const snapshotsActions: readonly Action[] = [
  {
    id: 'snapshot-create',
    keys: ['n'],
    label: 'new',
    help: 'Make a snapshot of the subvolume',
    changes: true,
    blocked: noPlace,
    run: on((app, place) => createSnapshot(app, place.path)),
  },
  {
    id: 'snapshot-delete',
    keys: ['d'],
    label: 'delete',
    help: 'Delete the marked snapshots, or the one at the cursor, for good',
    changes: true,
    asks: true,
    blocked: (state) => noSnapshot(state) ?? whyKept(state),
    run: on(askDelete),
  },
  {
    id: 'snapshot-hold',
    keys: ['h'],
    label: 'hold',
    help: 'Keep the snapshot and its replicas until released, or release it',
    changes: true,
    blocked: (state) =>
      noSnapshot(state) ??
      isAside(state, 'nothing deletes it by itself') ??
      (chosen(state)?.state === 'foreign' ? 'it was not made by btrfleet' : undefined),
    run: on(toggleHold),
  },
  {
    id: 'subvolume-choose',
    keys: ['u'],
    label: 'subvolume',
    help: 'Choose the subvolume',
    blocked: noPlace,
    run: chooseSubvolume,
  },
  {
    id: 'snapshot-browse',
    keys: ['Enter'],
    label: 'browse',
    help: 'Look into the snapshot: its directories and files, and all versions of a file',
    blocked: noSnapshot,
    run: on((app, place) => {
      const snapshot = chosen(app.store.getState());
      if (!snapshot) return;
      const { name, path } = snapshot;
      openFiles(app, { subvolume: place.path, snapshot: { name, path }, path: '' });
    }),
  },
  {
    id: 'snapshot-cleanup',
    keys: ['C'],
    label: 'clean',
    help: 'Keep what rules elect, delete the rest: shown with every reason, then asked',
    changes: true,
    asks: true,
    blocked: noSnapshot,
    run: on(openCleanupForm),
  },
  {
    id: 'subvolume-restore',
    keys: ['B'],
    label: 'bring back',
    help: 'Make the whole subvolume what it was in this snapshot: planned, shown and asked first',
    changes: true,
    asks: true,
    blocked: (state) => noSnapshot(state) ?? isAside(state, 'U in History takes that restore back'),
    run: on((app, place) => {
      const snapshot = chosen(app.store.getState());
      if (snapshot) askRestore(app, place.path, snapshot.uuid, planLines);
    }),
  },
  {
    id: 'snapshot-show',
    keys: ['i'],
    label: 'details',
    help: 'Show all that is known of the snapshot',
    blocked: noSnapshot,
    run: (app) => {
      const state = app.store.getState();
      const snapshot = chosen(state);
      if (!snapshot) return;
      openOverlay(app, { kind: 'text', title: snapshot.name, lines: snapshotDetails(state, snapshot) });
    },
  },
  {
    id: 'subvolume-next',
    keys: ['Right', 'l'],
    label: 'next',
    help: 'Go to the next subvolume',
    quiet: true,
    blocked: noPlace,
    run: (app) => step(app, 1),
  },
  {
    id: 'subvolume-previous',
    keys: ['Left'],
    label: 'previous',
    help: 'Go to the subvolume before',
    quiet: true,
    blocked: noPlace,
    run: (app) => step(app, -1),
  },
];

const chosen = (state: AppState): Snapshot | null => cursorPlace(state, snapshotsList).item;

function showSubvolume(app: App, path: string): void {
  change(app, { subvolume: path });
  patchList(app, snapshotsList.id, { cursor: null, index: 0, top: 0, marks: new Set(), anchor: null });
}

function step(app: App, by: 1 | -1): void {
  const state = app.store.getState();
  const all = places(state);
  const at = all.findIndex(({ path }) => path === shownPlace(state)?.path);
  const next = all[(at + by + all.length) % all.length];
  if (next) showSubvolume(app, next.path);
}

function chooseSubvolume(app: App): void {
  const state = app.store.getState();
  openSelect(app, {
    title: `Subvolume on ${primaryOf(state)?.name ?? ''}`,
    items: places(state).map((place) => ({
      value: place.path,
      label: `${formatName(place.path)}  (${snapshotsOfPlace(place).length} snapshots)`,
    })),
    at: shownPlace(state)?.path ?? null,
    choose: (path) => showSubvolume(app, path),
  });
}

function toggleHold(app: App, place: Place): void {
  const snapshot = chosen(app.store.getState());
  if (!snapshot) return;
  if (holdOf(app.store.getState(), snapshot)) {
    askRelease(app, place.path, snapshot.name);
    return;
  }
  openForm(app, {
    title: `Hold ${snapshot.name}`,
    fields: [
      { kind: 'text', id: 'note', label: 'Why', value: '', hint: 'for those who come later; may stay empty' },
      { kind: 'button', id: 'hold', label: 'Hold' },
      { kind: 'button', id: 'cancel', label: 'Cancel' },
    ],
    press: (button, values) => {
      if (button !== 'hold') return;
      const note = String(values['note'] ?? '').trim();
      void hold(app, place.path, snapshot.name, note === '' ? null : note);
    },
  });
}

/** Of the chosen ones, why none could go: deleting what is left is asked about. */
function whyKept(state: AppState): string | undefined {
  const snapshots = chosenItems(state, snapshotsList);
  if (snapshots.some((snapshot) => mayGo(state, snapshot))) return undefined;
  const mountedAt = snapshots.flatMap((snapshot) => snapshot.mountedAt ?? [])[0];
  if (mountedAt !== undefined) return `it is mounted at ${formatName(mountedAt)}`;
  return snapshots.some((snapshot) => holdOf(state, snapshot))
    ? 'it is held: h releases it'
    : 'it was not made by btrfleet';
}

const mayGo = (state: AppState, snapshot: Snapshot): boolean =>
  !holdOf(state, snapshot) && snapshot.state !== 'foreign' && snapshot.mountedAt === undefined;

/** More than so many, and the count must be typed. */
const MANY = 10;

function askDelete(app: App, place: Place): void {
  const state = app.store.getState();
  const chosenOnes = chosenItems(state, snapshotsList);
  const going = chosenOnes.filter((one) => mayGo(state, one));
  const left = chosenOnes.length - going.length;
  const broken = brokenBy(app, place, going);
  const count = going.length;
  const userOf = usersOn(app, place.filesystem.uuid);
  const noteOfUse = (one: Snapshot): string => {
    const run = userOf(one);
    return run === null ? '' : `  in use by run ${run}: it stays until that is done`;
  };
  ask(app, {
    title: `Delete ${count === 1 ? 'this snapshot' : `these ${count} snapshots`} of ${formatName(place.path)} for good?`,
    mustType: count > MANY || broken.length > 0 ? String(count) : null,
    lines: [
      `On ${place.server}; replicas on other servers stay.`,
      ...broken.map(
        (name) =>
          `WARNING: nothing in common with ${formatName(name)} is left; the next replication there is a full one.`,
      ),
      ...(left > 0 ? [`${left} held, mounted or foreign ${left === 1 ? 'one stays' : 'ones stay'}.`] : []),
      ...going.map((one) => `  ${one.name}${replicaNote(state, one)}${noteOfUse(one)}`),
    ],
    run: () => {
      // What was not shown to be one is not deleted if it turns out to be.
      deleteSnapshots(app, place.path, going, broken.length > 0);
      patchList(app, snapshotsList.id, { marks: new Set(), anchor: null });
    },
  });
  if (left > 0) tell(app, 'info', `${left} of the marked ones cannot be deleted`);
}

function replicaNote(state: AppState, snapshot: Snapshot): string {
  const there = replicaServers(state, snapshot);
  return there.length === 0 ? '  (no replica anywhere)' : `  (also on ${there.join(', ')})`;
}

/** What the deletion breaks: targets that have nothing in common with what stays, as it was seen last. */
function brokenBy(app: App, place: Place, going: readonly Snapshot[]): readonly string[] {
  const snapshots = snapshotsOfPlace(place);
  const { lastOf } = lastBases({ snapshots, going, bases: basesNow(app, place), filesystemOf: () => null });
  return [...lastOf.values()].flat();
}
