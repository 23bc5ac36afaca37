/** The three tabs of Monitoring, each with its list. */
import type { AppState } from '../../store/state.ts';
import { type ListHandle, listHandle } from '../lists/handle.ts';
import { WIDE } from '../lists/ListAndDetails.tsx';
import { footRoom } from '../shared/foot-lines.ts';
import { type MonitoringTab, monitoringTab } from '../shared/tabs.ts';
import { filesystemsList } from './filesystems-list.ts';
import { healthList } from './health-list.ts';
import { sizesHead } from './sizes-lines.ts';
import { sizesList } from './sizes-list.ts';

/** Rows of the body below the list of filesystems, where two of them are drawn beside each other. */
export const panelHeight = ({ size }: AppState): number => Math.max(0, Math.min(16, size.rows - 12));

/** Rows of the body below the list of subvolumes; where there are two panes, what is there says more. */
export const healthFoot = ({ size }: AppState): number =>
  size.columns >= WIDE ? 0 : footRoom(size.rows - 4);

const handles: Readonly<Record<MonitoringTab, ListHandle>> = {
  health: listHandle(healthList, healthFoot),
  filesystem: listHandle(filesystemsList, panelHeight),
  subvolume: listHandle(sizesList, (state) => sizesHead(state).length),
};

export const monitoringHandle = (state: AppState): ListHandle => handles[monitoringTab(state)];
