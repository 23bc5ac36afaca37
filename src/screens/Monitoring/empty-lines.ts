/** Decides what is shown where there is nothing to show: not read yet, not there, could not be read: different texts. */
import { wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { primaryLook, primaryOf } from '../shared/fleet-view.ts';
import { monitoringTab } from '../shared/tabs.ts';
import { sidesOf } from './sizes-view.ts';

export function emptyLines(state: AppState, width: number): Line[] {
  const [title, ...more] = textOf(state);
  return [
    [],
    ...wrapped(`  ${title}`, width - 2, 'bold'),
    [],
    ...more.flatMap((text) => wrapped(`  ${text}`, width - 2)),
  ];
}

function textOf(state: AppState): readonly [string, ...string[]] {
  const { monitoring, servers } = state;
  if (servers.length === 0)
    return ['There are no servers yet.', 'Page 2 adds the first one: press 2, then n.'];
  const primary = primaryOf(state);
  if (primary === null) return ['There is no primary yet.', 'Page 2 makes a server the primary: P.'];
  const why = monitoring.healthFault ?? primaryLook(state)?.fault ?? null;
  const failed = (what: string): readonly [string, ...string[]] =>
    why === null
      ? [`Looking at ${primary.name} …`, 'R looks at all servers now.']
      : [`${what} is not known.`, formatName(why.message), formatName(why.hint), 'R tries again.'];
  switch (monitoringTab(state)) {
    case 'health':
      if (monitoring.health === null || monitoring.healthFault !== null)
        return failed('The health of the snapshots');
      return [
        'No subvolume has snapshots that btrfleet made, a policy or a task yet.',
        'Make a snapshot on page 3, or a policy on page 4.',
      ];
    case 'filesystem':
      return failed('How full the filesystems are');
    case 'subvolume':
      return sidesOf(state).place === null
        ? failed('What subvolumes there are')
        : [
            `${formatName(sidesOf(state).place?.path ?? '')} has no snapshots yet.`,
            'u chooses another subvolume; page 3 makes a snapshot.',
          ];
  }
}
