/** Decides what the Dashboard says of disks: what is about to fail, and what nobody has looked at. */
import type { DashboardReason, DashboardServer } from '../../model/status/dashboard.ts';
import { formatTarget } from '../../model/target.ts';
import { aboutAll, mend } from './dashboard-reason.ts';

/** What is about to fail the server is trouble; the rest is worth telling. */
export const storageReasons = ({ server, filesystems }: DashboardServer): DashboardReason[] =>
  filesystems.flatMap(({ warnings, mount }) =>
    warnings.map(({ level, message, hint }) => ({
      level: level === 'bad' ? 'degraded' : 'note',
      subvolume: null,
      where: formatTarget({ server, mount }),
      message,
      hint,
      mend: mend('monitoring', formatTarget({ server, mount })),
    })),
  );

/** Errors of devices and the room for metadata are only known where somebody looked for them. */
export const uncheckedReasons = (servers: readonly DashboardServer[]): DashboardReason[] => [
  ...servers.flatMap(gapReasons),
  ...neverLooked(servers),
];

/** What could not be checked is not known to be well. Of a server that nobody can look at, that is told already. */
function gapReasons({ server, fault, isStale, filesystems }: DashboardServer): DashboardReason[] {
  if (fault !== null || isStale) return [];
  const gaps = filesystems.flatMap(({ mount, unchecked }) =>
    unchecked.flatMap(({ part, fault: why }) =>
      part === 'never' ? [] : [{ where: formatTarget({ server, mount }), why }],
    ),
  );
  // A look that failed did so for all disks of the server; what has the same hint is mended by one step.
  const distinct = [...new Map(gaps.map((gap) => [gap.why.message, gap])).values()];
  const groups = [...Map.groupBy(distinct, ({ where, why }) => `${where} ${why.hint}`).values()];
  return groups.flatMap(([first, ...others]): DashboardReason[] => {
    if (!first) return [];
    const { where, why } = first;
    const message = [why, ...others.map((one) => one.why)].map((one) => one.message).join(' ');
    return [{ ...aboutAll('unknown', message, why.hint, mend('monitoring', where)), where }];
  });
}

function neverLooked(servers: readonly DashboardServer[]): DashboardReason[] {
  const unchecked = servers.flatMap(({ server, filesystems }) =>
    filesystems.flatMap(({ mount, unchecked: gaps }) =>
      gaps.some(({ part }) => part === 'never') ? [formatTarget({ server, mount })] : [],
    ),
  );
  const [first = null] = unchecked;
  if (first === null) return [];
  const where = unchecked.length === 1 ? first : `${unchecked.length} disks`;
  return [
    {
      ...aboutAll(
        'note',
        `Devices and metadata of ${where} were not looked at yet.`,
        'Look at all of them: btrfleet storage; a scheduler does it by itself.',
        mend('monitoring', first),
      ),
      where: unchecked.length === 1 ? first : null,
    },
  ];
}
