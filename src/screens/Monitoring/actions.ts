/** The keys of the Monitoring page. */

import type { Fault } from '../../core/model/fault.ts';
import type { Mend } from '../../core/model/status/dashboard.ts';
import type { Health } from '../../core/model/status/health.ts';
import { type App, openOverlay, openSelect, tell } from '../../store/app.ts';
import {
  chooseMonitored,
  lookAtStorageNow,
  measureSubvolume,
  snapshotHealth,
} from '../../store/monitoring.ts';
import type { FilesystemState } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { mendOf } from '../../text/words/mend.ts';
import type { Action } from '../keys/actions.ts';
import { cursorPlace } from '../lists/lists.ts';
import { places, primaryOf, secondariesOf, snapshotsOfPlace } from '../shared/fleet-view.ts';
import { goTo } from '../shared/go-to.ts';
import { monitoringTab } from '../shared/tabs.ts';
import { filesystemsList } from './filesystems-list.ts';
import { healthLines } from './health-lines.ts';
import { healthList } from './health-list.ts';
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
      if (health) openHealth(app, health, health.subvolume);
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
  openSelect(app, {
    title: `Snapshot of ${formatName(place.path)}`,
    items: snapshotsOfPlace(place)
      .filter(({ state: one }) => one !== 'foreign')
      .toReversed()
      .map(({ name }) => ({ value: name, label: formatName(name) })),
    at: health.snapshot,
    choose: (name) => void showSnapshot(app, place.path, name),
  });
}

async function showSnapshot(app: App, subvolume: string, name: string): Promise<void> {
  const health = await snapshotHealth(app, subvolume, name);
  if (!health.ok) {
    tell(app, 'bad', health.fault.message);
    return;
  }
  openHealth(app, health.value, `${subvolume} ${name}`);
}

/** In full; from there Enter leads to what mends it, or to its snapshots where nothing has to be. */
function openHealth(app: App, health: Health, title: string): void {
  const [reason] = health.reasons;
  const mend = reason
    ? mendOf(reason)
    : ({ page: 'snapshots', tab: null, object: health.subvolume } as const);
  openOverlay(app, {
    kind: 'text',
    title: formatName(title),
    lines: healthLines(health),
    go: {
      label: reason ? 'go where it is mended' : 'go to its snapshots',
      run: () => goTo(app, mend),
    },
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
    label: 'details',
    help: 'Show what is wrong with the filesystem, and what to do about it',
    blocked: (state) =>
      cursorPlace(state, filesystemsList).item === null ? 'nothing is known yet' : undefined,
    run: (app) => {
      const { item } = cursorPlace(app.store.getState(), filesystemsList);
      if (item) openFilesystem(app, item);
    },
  },
];

function openFilesystem(app: App, { server, filesystem, warnings, unchecked }: FilesystemState): void {
  const { monitoring, looks } = app.store.getState();
  const why = monitoring.lookFaults[server] ?? looks[server]?.fault ?? null;
  const told = [...warnings, ...(why ? [why] : []), ...unchecked.map((gap) => gap.fault)];
  const lines = told.flatMap(({ message, hint }) =>
    [message, ...hint.split('\n').map((line) => `  ${line}`), ''].map(formatName),
  );
  const go = filesystemMend(server, warnings, why);
  openOverlay(app, {
    kind: 'text',
    title: `${server} ${formatName(filesystem.mount)}`,
    lines: lines.length === 0 ? ['Nothing is wrong with it, as far as was looked.'] : lines,
    ...(go ? { go: { label: go.label, run: () => goTo(app, go.mend) } } : {}),
  });
}

/** A server that does not answer is mended there, a disk that fills by keeping less; null: what is wrong is mended there. */
function filesystemMend(
  server: string,
  warnings: FilesystemState['warnings'],
  why: Fault | null,
): { readonly label: string; readonly mend: Mend } | null {
  if (why) return { label: 'go to the server', mend: { page: 'servers', tab: null, object: server } };
  return warnings.some(({ kind }) => kind === 'space' || kind === 'trend')
    ? { label: 'go to retention', mend: { page: 'automation', tab: 'retention', object: null } }
    : null;
}

const noSubvolume = (state: AppState): string | undefined =>
  sidesOf(state).place === null ? 'no subvolume is known yet' : undefined;

const subvolumeActions: readonly Action[] = [
  {
    id: 'sizes-open',
    keys: ['Enter'],
    label: 'snapshots',
    help: 'Go to the snapshots of the subvolume, to delete what is too much',
    blocked: noSubvolume,
    run: (app) => {
      const { place } = sidesOf(app.store.getState());
      if (place) goTo(app, { page: 'snapshots', tab: null, object: place.path });
    },
  },
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
      openSelect(app, {
        title: `Subvolume on ${primaryOf(state)?.name ?? ''}`,
        items: places(state).map(({ path }) => ({ value: path, label: formatName(path) })),
        at: sidesOf(state).place?.path ?? null,
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
      openSelect(app, {
        title: 'Secondary beside the primary',
        items: secondariesOf(state).map(({ name }) => ({ value: name, label: name })),
        at: sidesOf(state).beside?.name ?? null,
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
