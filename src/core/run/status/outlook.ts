/** Says how everything stands that is watched, from configuration and journal. It connects to nothing. */

import { itemKey } from '../../model/automation/automation.ts';
import type { Outlook, Trouble } from '../../model/status/alarm.ts';
import { itemsOf } from '../../plan/automation/due.ts';
import { isWatched, outlookOf } from '../../plan/status/troubles.ts';
import { knownStorage } from '../storage/storage.ts';
import { readAhead } from './known-replicas.ts';
import { type StatusFleet, taskStatuses } from './task-status.ts';

/** After it, `currentOutlook` and the metrics have little left to read; each step of it takes some milliseconds. */
export async function readAheadAll(fleet: StatusFleet, signal: AbortSignal): Promise<void> {
  const read = fleet.config.read();
  if (!read.ok) return;
  const { servers, tasks } = read.value.config;
  await readAhead(fleet, servers, tasks, signal);
}

/** `tries` as `troublesOf` has it. */
export function currentOutlook(fleet: StatusFleet, tries?: number): Outlook {
  const nothing = { items: [], targets: [], storage: [], away: [] };
  const read = fleet.config.read();
  if (!read.ok) return outlookOf({ ...nothing, config: read.fault });
  const { config } = read.value;
  const tasks = taskStatuses(fleet);
  if (!tasks.ok) return outlookOf({ ...nothing, config: tasks.fault });
  const records = new Map(fleet.journal.itemRecords().map((record) => [record.item, record]));
  const servers = config.servers.map(({ name }) => name);
  const samples = fleet.journal.lastSamples().filter(({ server }) => servers.includes(server));
  return outlookOf({
    items: itemsOf(config)
      .map(itemKey)
      .map((item) => records.get(item) ?? { item, failures: 0, last: null }),
    targets: tasks.value
      .filter(({ task }) => isWatched(task))
      .flatMap(({ task, lags }) =>
        lags.map((lag) => ({ task: task.name, rpoSeconds: task.rpoSeconds, lag })),
      ),
    storage: knownStorage(fleet, servers).map(({ server, filesystem, storage, trend, warnings }) => {
      const { uuid, mount, space } = filesystem;
      return { server, uuid, mount, ...space, storage, trend, warnings };
    }),
    away: samples.map(({ server, filesystem }) => ({ server, uuid: filesystem })),
    config: null,
    ...(tries === undefined ? {} : { tries }),
  });
}

/** All that somebody should know of now. */
export const currentTroubles = (fleet: StatusFleet, tries?: number): ReadonlyMap<string, Trouble> =>
  currentOutlook(fleet, tries).troubles;
