/** Decides how the replicas of a subvolume read in a row: the worst first, each with what would be lost. */
import type { Cell } from '../../components/table-layout.ts';
import type { Tone } from '../../components/theme.ts';
import type { DashboardReplica, DashboardSubvolume } from '../../core/model/status/dashboard.ts';
import { formatTarget } from '../../core/model/target.ts';
import { coarseSeconds } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { truncate } from '../../text/width.ts';

const isShown = ({ isExpected, restorePoint }: DashboardReplica): boolean =>
  isExpected || restorePoint !== null;

interface NamedReplica {
  /** Its server; with the mount where that does not tell it apart. */
  readonly name: string;
  readonly replica: DashboardReplica;
}

/** Columns of a name: how old the replica is tells more than the rest of it. */
const NAME = 16;

function namedReplicas({ replicas }: DashboardSubvolume): NamedReplica[] {
  const shown = replicas.filter(isShown);
  return shown.map((replica) => {
    const isOnly = shown.filter(({ server }) => server === replica.server).length === 1;
    return { name: truncate(isOnly ? replica.server : formatTarget(replica), NAME), replica };
  });
}

const behindText = ({ name, replica }: NamedReplica): string =>
  `${name} ${replica.lagSeconds === null ? '?' : behind(replica.lagSeconds)}`;

const behind = (seconds: number): string => (seconds === 0 ? 'newest' : coarseSeconds(seconds));

export function replicasCell(subvolume: DashboardSubvolume): Cell {
  const shown = namedReplicas(subvolume).toSorted((a, b) => worth(a.replica) - worth(b.replica));
  if (shown.length === 0) return { text: '✗ nowhere', tone: 'bad' };
  const [worst] = shown;
  const text = shown.map(replicaText).join(', ');
  return { text: formatName(text), ...(worst ? toneOf(worst.replica) : {}) };
}

const isBreached = ({ rpo }: DashboardReplica): boolean => rpo === 'breached';

/** The worst first. */
function worth(replica: DashboardReplica): number {
  if (isBreached(replica) || replica.restorePoint === null) return 0;
  return replica.status === 'complete' ? 2 : 1;
}

const toneOf = (replica: DashboardReplica): { readonly tone: Tone } | object => {
  if (isBreached(replica)) return { tone: 'bad' };
  return worth(replica) < 2 ? { tone: 'warn' } : {};
};

/** `beta 12 min`; with what is wrong of it in a word. */
function replicaText({ name, replica }: NamedReplica): string {
  const { restorePoint, wouldLoseSeconds, status, rpoSeconds } = replica;
  const lost =
    restorePoint === null || wouldLoseSeconds === null ? '' : ` ${coarseSeconds(wouldLoseSeconds)}`;
  if (isBreached(replica)) {
    return lost === '' ? `✗ ${name} has none` : `▲ ${name}${lost} of ${formatSeconds(rpoSeconds ?? 0)}`;
  }
  switch (status) {
    case 'complete':
      return `✓ ${name}${lost}`;
    case 'missing':
      return restorePoint === null ? `✗ ${name} has none` : `· ${name}${lost}`;
    case 'could-not-check':
      return `? ${name}${lost}`;
    case 'absent':
      return `○ ${name} away${lost}`;
    case 'partial':
    case 'modified':
      return `▲ ${name} ${status}${lost}`;
  }
}

/** How far each is behind the newest snapshot on the primary. */
export const behindCell = (subvolume: DashboardSubvolume): Cell => ({
  text: formatName(namedReplicas(subvolume).map(behindText).join(', ')),
});
