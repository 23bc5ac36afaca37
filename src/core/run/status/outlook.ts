/** Says what of how everything stands somebody should know. It connects to nothing. */

import { itemKey } from '../../model/automation/automation.ts';
import type { Result } from '../../model/result.ts';
import type { Outlook, Trouble } from '../../model/status/alarm.ts';
import { itemsOf } from '../../plan/automation/due.ts';
import { isWatched, outlookOf } from '../../plan/status/troubles.ts';
import { allOpen } from './all-open.ts';
import { type Standing, standingNow } from './standing.ts';
import type { StatusFleet } from './task-status.ts';

/** `tries` as `troublesOf` has it. */
export function currentOutlook(
  { journal }: StatusFleet,
  standing: Result<Standing>,
  tries?: number,
): Outlook {
  if (!standing.ok)
    return outlookOf({ items: [], targets: [], storage: [], away: [], restores: [], config: standing.fault });
  const { config, statuses, storage: states } = standing.value;
  const records = new Map(journal.itemRecords().map((record) => [record.item, record]));
  const servers = config.servers.map(({ name }) => name);
  const samples = journal.lastSamples().filter(({ server }) => servers.includes(server));
  return outlookOf({
    items: itemsOf(config)
      .map(itemKey)
      .map((item) => records.get(item) ?? { item, failures: 0, last: null }),
    targets: statuses
      .filter(({ task }) => isWatched(task))
      .flatMap(({ task, lags }) =>
        lags.map((lag) => ({ task: task.name, rpoSeconds: task.rpoSeconds, lag })),
      ),
    storage: states.map(({ server, filesystem, storage, trend, warnings }) => {
      const { uuid, mount, space } = filesystem;
      return { server, uuid, mount, ...space, storage, trend, warnings };
    }),
    away: samples.map(({ server, filesystem }) => ({ server, uuid: filesystem })),
    restores: allOpen(journal),
    config: null,
    ...(tries === undefined ? {} : { tries }),
  });
}

/** All that somebody should know of now. */
export const currentTroubles = (fleet: StatusFleet, tries?: number): ReadonlyMap<string, Trouble> =>
  currentOutlook(fleet, standingNow(fleet), tries).troubles;
