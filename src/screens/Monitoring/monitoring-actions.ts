/** The keys of the Monitoring page. */
import type { Health } from '../../core/model/health.ts';
import { type App, openOverlay, tell } from '../../store/app.ts';
import {
  chooseMonitored,
  lookAtStorageNow,
  measureSubvolume,
  snapshotHealth,
} from '../../store/monitoring.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import type { Action } from '../actions.ts';
import { places, primaryOf, secondariesOf, snapshotsOfPlace } from '../fleet-view.ts';
import { cursorPlace } from '../lists.ts';
import { filesystemsList } from './filesystems-list.ts';
import { healthLines } from './health-lines.ts';
import { healthList } from './health-list.ts';
import { monitoringTab } from './monitoring-views.ts';
import { sidesOf } from './sizes-view.ts';

const atHealth = (state: AppState): Health | null => cursorPlace(state, healthList).item;

const noHealth = (state: AppState): string | undefined =>
  atHealth(state) === null ? 'nothing is known of any subvolume yet' : undefined;

const healthActions: readonly Action[] = [
  {
    id: 'health-show',
    keys: ['Enter'],
    label: 'details',
    help: 'Show the verdict, its reasons, and the snapshot on every server',
    blocked: noHealth,
    run: (app) => {
      const health = atHealth(app.store.getState());
      if (health)
        openOverlay(app, { kind: 'text', title: formatName(health.subvolume), lines: healthLines(health) });
    },
  },
  {
    id: 'health-snapshot',
    keys: ['o'],
    label: 'older',
    help: 'Choose an older snapshot and see where it is',
    blocked: noHealth,
    run: chooseSnapshot,
  },
];

function chooseSnapshot(app: App): void {
  const state = app.store.getState();
  const health = atHealth(state);
  const place = places(state).find(({ path }) => path === health?.subvolume);
  if (!health || !place) {
    tell(app, 'info', 'The subvolume is not there now, so its snapshots cannot be listed');
    return;
  }
  openOverlay(app, {
    kind: 'select',
    title: `Snapshot of ${formatName(place.path)}`,
    items: snapshotsOfPlace(place)
      .filter(({ state: one }) => one !== 'foreign')
      .toReversed()
      .map(({ name }) => ({ value: name, label: formatName(name) })),
    initial: health.snapshot,
    choose: (name) => void showSnapshot(app, place.path, name),
  });
}

async function showSnapshot(app: App, subvolume: string, name: string): Promise<void> {
  const health = await snapshotHealth(app, subvolume, name);
  if (!health.ok) {
    tell(app, 'bad', health.fault.message);
    return;
  }
  openOverlay(app, {
    kind: 'text',
    title: `${formatName(subvolume)} ${name}`,
    lines: healthLines(health.value),
  });
}

const filesystemActions: readonly Action[] = [
  {
    id: 'storage-look',
    keys: ['m'],
    label: 'look closer',
    help: 'Look at devices, scrub, metadata and unallocated room of all servers now',
    blocked: ({ servers }) => (servers.length === 0 ? 'there are no servers yet' : undefined),
    run: (app) => {
      const names = app.store.getState().servers.map(({ name }) => name);
      tell(
        app,
        'info',
        `Looking at the storage of ${names.length} ${names.length === 1 ? 'server' : 'servers'} …`,
      );
      void lookAtStorageNow(app, names);
    },
  },
  {
    id: 'filesystem-show',
    keys: ['Enter'],
    label: 'warnings',
    help: 'Show what is wrong with the filesystem, and what to do about it',
    blocked: (state) =>
      cursorPlace(state, filesystemsList).item === null ? 'nothing is known yet' : undefined,
    run: (app) => {
      const { item } = cursorPlace(app.store.getState(), filesystemsList);
      if (!item) return;
      const fault = app.store.getState().monitoring.lookFaults[item.server];
      const told = item.warnings.flatMap(({ message, hint }) => [message, `  ${hint}`, '']);
      const lines = [...told, ...(fault ? [fault.message, `  ${fault.hint}`] : [])].map(formatName);
      openOverlay(app, {
        kind: 'text',
        title: `${item.server} ${formatName(item.filesystem.mount)}`,
        lines: lines.length === 0 ? ['Nothing is wrong with it, as far as was looked.'] : lines,
      });
    },
  },
];

const noSubvolume = (state: AppState): string | undefined =>
  sidesOf(state).place === null ? 'no subvolume is known yet' : undefined;

const subvolumeActions: readonly Action[] = [
  {
    id: 'sizes-measure',
    keys: ['m'],
    label: 'measure',
    help: 'Measure the subvolume and its snapshots here and there; without quotas every file is walked',
    blocked: noSubvolume,
    run: (app) => {
      const { place, primary, beside } = sidesOf(app.store.getState());
      if (!place || !primary) return;
      void measureSubvolume(app, primary.name, place.path, true);
      if (beside) void measureSubvolume(app, beside.name, place.path, false);
    },
  },
  {
    id: 'sizes-subvolume',
    keys: ['u'],
    label: 'subvolume',
    help: 'Choose the subvolume',
    blocked: noSubvolume,
    run: (app) => {
      const state = app.store.getState();
      openOverlay(app, {
        kind: 'select',
        title: `Subvolume on ${primaryOf(state)?.name ?? ''}`,
        items: places(state).map(({ path }) => ({ value: path, label: formatName(path) })),
        initial: sidesOf(state).place?.path ?? null,
        choose: (subvolume) => chooseMonitored(app, { subvolume }),
      });
    },
  },
  {
    id: 'sizes-beside',
    keys: ['w'],
    label: 'beside',
    help: 'Choose the secondary that is shown beside the primary',
    blocked: (state) => (secondariesOf(state).length === 0 ? 'there are no secondaries' : undefined),
    run: (app) => {
      const state = app.store.getState();
      openOverlay(app, {
        kind: 'select',
        title: 'Secondary beside the primary',
        items: secondariesOf(state).map(({ name }) => ({ value: name, label: name })),
        initial: sidesOf(state).beside?.name ?? null,
        choose: (beside) => chooseMonitored(app, { beside }),
      });
    },
  },
];

export function monitoringActions(state: AppState): readonly Action[] {
  switch (monitoringTab(state)) {
    case 'health':
      return healthActions;
    case 'filesystem':
      return filesystemActions;
    case 'subvolume':
      return subvolumeActions;
  }
}
