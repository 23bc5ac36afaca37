/** The Snapshots page: which subvolume, its snapshots, and from 140 columns on what is known of the one at the cursor. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { foreignText } from '../../core/plan/catalog/foreign-history.ts';
import { isLiveReceived, liveReceived } from '../../core/plan/catalog/identity-words.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { FilesView } from '../files/FilesView.tsx';
import { isBrowsing } from '../files/list.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { cursorPlace } from '../lists/lists.ts';
import { faultLines } from '../shared/fault-lines.ts';
import {
  noPlace,
  places,
  primaryLook,
  primaryOf,
  replicaServers,
  shownPlace,
  snapshotsOfPlace,
  unseenServers,
} from '../shared/fleet-view.ts';
import type { PageProps } from '../shared/page.ts';
import { lookWarning } from '../shared/staleness.ts';
import { snapshotDetails } from './details.ts';
import { snapshotsList } from './list.ts';

export function SnapshotsPage({ state, width, height }: PageProps): ReactNode {
  if (isBrowsing(state)) return <FilesView {...{ state, width, height }} />;
  const place = shownPlace(state);
  if (place === null) return <Lines lines={nothing(state)} width={width} height={height} />;
  if (snapshotsOfPlace(place).length === 0) {
    const empty: Line[] = [
      ...heads(state),
      [],
      [span(`  ${formatName(place.path)} has no snapshots yet.`, 'bold')],
      [],
      [
        span('  Press '),
        span('n', 'accent'),
        span(' to make the first one, or '),
        span('u', 'accent'),
        span(' for another subvolume.'),
      ],
    ];
    return <Lines lines={empty} width={width} height={height} />;
  }
  const { item } = cursorPlace(state, snapshotsList);
  const details = (room: number): Line[] =>
    item === null ? [] : snapshotDetails(state, item).flatMap((text) => wrapped(text, room - 2));
  return <ListAndDetails {...{ state, width, height, details }} heads={heads(state)} view={snapshotsList} />;
}

/** Above the list: which subvolume, and a line more when what is shown is old or its server cannot be reached. */
function heads(state: AppState): Line[] {
  const primary = primaryOf(state);
  const warning = primary && lookWarning(primary.name, primaryLook(state), state.now);
  const place = shownPlace(state);
  const lines = (text: string, most: number): Line[] =>
    wrapped(` ▲ ${formatName(text)}`, state.size.columns - 1, 'warn').slice(0, most);
  const ill =
    place !== null && isLiveReceived(place.subvolume) ? liveReceived(place.server, place.path) : null;
  return [
    head(state),
    ...foreignLine(state),
    ...(warning ? lines(warning, 2) : []),
    ...(ill ? [...lines(ill.message, 3), ...lines(ill.hint, 6)] : []),
  ];
}

/** Where others alone make its snapshots, what they are good for; beside some of btrfleet's the rows say it. */
function foreignLine(state: AppState): Line[] {
  const place = shownPlace(state);
  const all = place === null ? [] : snapshotsOfPlace(place);
  if (all.length === 0 || !all.every((one) => one.state === 'foreign')) return [];
  const there = new Map<string, number>();
  for (const one of all)
    for (const name of replicaServers(state, one)) there.set(name, (there.get(name) ?? 0) + 1);
  const text = foreignText(
    all.length,
    [...there].map(([where, count]) => ({ where, count })),
  );
  const unseen = unseenServers(state);
  const open = unseen.length === 0 ? '' : `; not known: ${unseen.join(', ')}`;
  return wrapped(` ${text}${open}`, state.size.columns - 1, 'dim').slice(0, 2);
}

/** Rows of the body that stand above the list. */
export const rowsAbove = (state: AppState): number => heads(state).length;

function head(state: AppState): Line {
  const place = shownPlace(state);
  const all = places(state).length;
  return [
    span(' Subvolume ', 'dim'),
    span(formatName(place?.path ?? ''), 'title'),
    span(` on ${place?.server ?? ''}`, 'dim'),
    span(all > 1 ? `   u chooses, ←/→ one of ${all}` : '', 'dim'),
  ];
}

/** Not seen yet, not there, not reachable: four different texts. */
function nothing(state: AppState): Line[] {
  const primary = primaryOf(state);
  const look = primaryLook(state);
  if (primary !== null && !look?.inventory && look?.fault) {
    const title = `${primary.name} could not be looked at, so its snapshots are not known.`;
    return [...faultLines(title, look.fault, state.size.columns), [], [span('  R tries again.')]];
  }
  if (primary !== null && !look?.inventory) return [[], [span(`  Looking at ${primary.name} …`)]];
  return [[], [span(`  ${noPlace(state) ?? ''}.`)]];
}
