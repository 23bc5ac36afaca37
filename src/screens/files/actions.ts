/** The keys while files of a snapshot are looked at. None of them changes anything in it. */
import type { FileVersion, FoundVersions } from '../../core/model/file-versions.ts';
import type { FileEntry } from '../../core/model/files.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import { type App, openOverlay, openSelect, tell } from '../../store/app.ts';
import { askVersions, browseSnapshot, enterDirectory, leaveDirectory } from '../../store/files/browse.ts';
import { isRead, toggleCompare } from '../../store/files/preview.ts';
import { askExtract } from '../../store/restore/extract-actions.ts';
import type { AppState } from '../../store/state.ts';
import { extractPlanLines } from '../../text/extract.ts';
import { formatMoment } from '../../text/files.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { Action } from '../keys/actions.ts';
import { chosenItems, cursorPlace } from '../lists/lists.ts';
import { shownPlace, snapshotsOfPlace } from '../shared/fleet-view.ts';
import { fileDetails, filesList } from './list.ts';
import { shownLines } from './preview.ts';

const at = (state: AppState): FileEntry | null => cursorPlace(state, filesList).item;

const noFile = (state: AppState): string | undefined =>
  at(state) === null ? 'there is nothing here' : undefined;

const on =
  (work: (app: App, entry: FileEntry) => void) =>
  (app: App): void => {
    const entry = at(app.store.getState());
    if (entry) work(app, entry);
  };

const show = (app: App, entry: FileEntry): void =>
  openOverlay(app, { kind: 'text', title: formatName(entry.name), lines: fileDetails(entry) });

/** What was read of it, in a place of its own; where nothing was, what is known of it. */
function showWhole(app: App, entry: FileEntry): void {
  const preview = app.store.getState().browsing?.preview;
  if (entry.kind !== 'file' || preview?.state !== 'known') {
    show(app, entry);
    return;
  }
  const lines = shownLines(preview.value, entry).map((line) => line.map(({ text }) => text).join(''));
  openOverlay(app, { kind: 'text', title: formatName(entry.name), lines });
}

export const filesActions: readonly Action[] = [
  {
    id: 'file-open',
    keys: ['Enter'],
    label: 'open',
    help: 'Go into the directory; of a file show all that was read of it',
    blocked: noFile,
    run: on((app, entry) => {
      if (entry.isOther)
        tell(app, 'warn', 'What is in it is not in this snapshot: it has snapshots of its own');
      else if (entry.kind === 'directory') enterDirectory(app, entry);
      else showWhole(app, entry);
    }),
  },
  {
    id: 'file-up',
    keys: ['Backspace'],
    label: 'up',
    help: 'Go to the directory above; from the root back to the snapshots',
    run: leaveDirectory,
  },
  {
    id: 'file-older',
    keys: ['Left'],
    label: 'older',
    help: 'Show the same directory in the snapshot before',
    quiet: true,
    blocked: (state) => (neighbour(state, -1) ? undefined : 'there is no older snapshot'),
    run: (app) => step(app, -1),
  },
  {
    id: 'file-newer',
    keys: ['Right'],
    label: 'newer',
    help: 'Show the same directory in the next snapshot',
    quiet: true,
    blocked: (state) => (neighbour(state, 1) ? undefined : 'there is no newer snapshot'),
    run: (app) => step(app, 1),
  },
  {
    id: 'file-restore',
    keys: ['B'],
    label: 'bring back',
    help: 'Bring what is marked, else this one, back to where it was: planned, shown and asked first',
    changes: true,
    asks: true,
    blocked: (state) => noFile(state) ?? notInIt(state),
    run: bringBack,
  },
  {
    id: 'file-compare',
    keys: ['c'],
    label: 'compare',
    help: 'Show what is different in it now, or again what is in it',
    blocked: (state) => {
      const entry = at(state);
      return state.browsing?.comparesNow || (entry !== null && isRead(entry))
        ? undefined
        : 'there is nothing to compare';
    },
    run: toggleCompare,
  },
  {
    id: 'file-versions',
    keys: ['V'],
    label: 'versions',
    help: 'Show all versions of it on all servers, and go to one',
    blocked: noFile,
    run: on((app, { path }) => askVersions(app, path, (found) => chooseVersion(app, found))),
  },
  {
    id: 'file-show',
    keys: ['h'],
    label: 'details',
    help: 'Show all that is known of it: owner, rights, times to the nanosecond',
    blocked: noFile,
    run: on(show),
  },
];

/** What is in a subvolume inside is not in this snapshot. */
const notInIt = (state: AppState): string | undefined =>
  chosenItems(state, filesList).some(({ isOther }) => isOther)
    ? 'it is not in this snapshot: it has snapshots of its own'
    : undefined;

function bringBack(app: App): void {
  const state = app.store.getState();
  const { browsing } = state;
  const chosen = chosenItems(state, filesList);
  const [first] = chosen;
  if (browsing === null || first === undefined) return;
  const { subvolume, snapshot } = browsing;
  const paths = chosen.map(({ path }) => path);
  const what = chosen.length === 1 ? formatName(first.name) : `${chosen.length} files or directories`;
  askExtract(app, { subvolume, snapshot: snapshot.path, paths }, what, extractPlanLines);
}

/** By age, as the snapshots of the subvolume are listed. */
function neighbour(state: AppState, by: 1 | -1): Snapshot | undefined {
  const place = shownPlace(state);
  const all = place === null ? [] : snapshotsOfPlace(place);
  const index = all.findIndex(({ path }) => path === state.browsing?.snapshot.path);
  return index < 0 ? undefined : all[index + by];
}

function step(app: App, by: 1 | -1): void {
  const snapshot = neighbour(app.store.getState(), by);
  if (snapshot) browseSnapshot(app, { name: snapshot.name, path: snapshot.path });
}

/** Those in snapshots of the primary can be gone to. */
function chooseVersion(app: App, found: FoundVersions): void {
  const { versions, notLooked } = found;
  for (const { server, fault } of notLooked)
    tell(app, 'warn', `Could not look at ${server}: ${fault.message}`);
  if (versions.length === 0) {
    tell(app, 'info', 'It is in none of the snapshots that were looked at');
    return;
  }
  openSelect(app, {
    title: `${versions.length} ${versions.length === 1 ? 'version' : 'versions'} of ${formatName(found.inside)}`,
    items: versions.map((version, index) => ({ value: String(index), label: versionText(version) })),
    at: '0',
    choose: (value) => {
      const home = versions[Number(value)]?.places.find(({ isHome, isLive }) => isHome && !isLive);
      if (home) browseSnapshot(app, { name: home.snapshot, path: home.root });
      else tell(app, 'info', `It is not in a snapshot of the primary: ${placeText(versions[Number(value)])}`);
    },
  });
}

function versionText(version: FileVersion): string {
  const { stat, isLive, lastSeen, places } = version;
  const when = isLive ? 'now' : `last seen ${lastSeen === null ? '?' : formatMoment(lastSeen)}`;
  const size = stat.kind === 'file' ? formatBytes(stat.sizeBytes) : stat.kind;
  const servers = [...new Set(places.map(({ server }) => server))].join(', ');
  return `${formatMoment(stat.modifiedAt)}  ${size}  ${when}  on ${servers}`;
}

const placeText = (version: FileVersion | undefined): string => {
  const [best] = version?.places ?? [];
  return best ? `${best.server}:${formatName(best.root)}` : 'nowhere';
};
