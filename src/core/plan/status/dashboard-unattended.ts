/** Decides what the Dashboard says of subvolumes nobody looks after: that may be meant, and must not be overlooked. */
import { command } from '../../model/command-line.ts';
import type { DashboardReason } from '../../model/status/dashboard.ts';
import type { DashboardQuestion } from './dashboard-question.ts';
import { aboutAll, mend } from './dashboard-reason.ts';

/** Named at most. */
const NAMED = 3;

export function unattendedReasons({ unattended, servers, healths }: DashboardQuestion): DashboardReason[] {
  const [first] = unattended;
  // Where nothing is looked after at all, that is said already.
  if (first === undefined || !healths.ok || healths.value.length === 0) return [];
  const primary = servers.find(({ server }) => server.role === 'primary')?.server.name ?? null;
  const more = unattended.length - NAMED;
  const names = `${unattended.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const verb = unattended.length === 1 ? 'has' : 'have';
  return [
    {
      ...aboutAll(
        'note',
        `${names} on ${primary} ${verb} no snapshot of btrfleet's, no policy and no task: nobody looks after ${unattended.length === 1 ? 'it' : 'them'}.`,
        `If that is not meant: ${command('policy', 'set', 'snapshot', first, '--every', '1h')}`,
        mend('automation', null, 'snapshots'),
      ),
      where: primary,
    },
  ];
}
