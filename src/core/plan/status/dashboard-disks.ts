/** Decides what the Dashboard says of disks: what is about to fail, and what nobody has looked at. */
import type { DashboardServer } from '../../model/status/dashboard.ts';
import { type Finding, finding } from '../../model/status/finding.ts';
import { formatTarget } from '../../model/target.ts';

/** What is about to fail the server is trouble; the rest is worth telling. */
export const storageFindings = ({ server, filesystems }: DashboardServer): Finding[] =>
  filesystems.flatMap(({ warnings, mount }) =>
    warnings.map(({ kind, level, message, hint }) =>
      finding(
        'storage',
        level,
        { where: formatTarget({ server, mount }) },
        { server, mount, kind, messages: [message], hint },
      ),
    ),
  );

/** Errors of devices and the room for metadata are only known where somebody looked for them. */
export const uncheckedFindings = (servers: readonly DashboardServer[]): Finding[] => [
  ...servers.flatMap(gapFindings),
  ...neverLooked(servers),
];

/** What could not be checked is not known to be well. Of a server that nobody can look at, that is told already. */
function gapFindings({ server, fault, isStale, filesystems }: DashboardServer): Finding[] {
  if (fault !== null || isStale) return [];
  const gaps = filesystems.flatMap(({ mount, unchecked }) =>
    unchecked.flatMap(({ part, fault: why }) =>
      part === 'never' ? [] : [{ where: formatTarget({ server, mount }), why }],
    ),
  );
  // A look that failed did so for all disks of the server; what has the same hint is mended by one step.
  const distinct = [...new Map(gaps.map((gap) => [gap.why.message, gap])).values()];
  const groups = [...Map.groupBy(distinct, ({ where, why }) => `${where} ${why.hint}`).values()];
  return groups.flatMap(([first, ...others]) => {
    if (!first) return [];
    const faults = [first.why, ...others.map(({ why }) => why)] as const;
    return [finding('storage-unchecked', 'unknown', { where: first.where }, { faults })];
  });
}

function neverLooked(servers: readonly DashboardServer[]): Finding[] {
  const [first, ...others] = servers.flatMap(({ server, filesystems }) =>
    filesystems.flatMap(({ mount, unchecked }) =>
      unchecked.some(({ part }) => part === 'never') ? [formatTarget({ server, mount })] : [],
    ),
  );
  if (first === undefined) return [];
  const about = others.length === 0 ? { where: first } : {};
  return [finding('storage-never', 'note', about, { disks: [first, ...others] })];
}
