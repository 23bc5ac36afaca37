/** Decides how the health of subvolumes reads as rows: the verdict, the newest snapshot, where it is and why not. */
import type { Cell } from '../../components/table-layout.ts';
import { type Health, overallRank } from '../../core/model/status/health.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { findingWords } from '../../text/words/finding.ts';
import type { ListView } from '../lists/lists.ts';
import { levelCell } from '../shared/level-cells.ts';

const NONE: readonly Health[] = [];

export const healthList: ListView<Health> = {
  id: 'health',
  columns: [
    { id: 'overall', title: 'HEALTH', width: 10, priority: 0 },
    { id: 'subvolume', title: 'SUBVOLUME', width: 16, grow: true, cut: 'start', priority: 0 },
    { id: 'snapshot', title: 'NEWEST', width: 24, priority: 4 },
    { id: 'age', title: 'AGE', width: 7, align: 'right', priority: 1 },
    { id: 'replicas', title: 'REPLICAS', width: 11, align: 'right', priority: 0 },
    { id: 'lag', title: 'WORST LAG', width: 10, align: 'right', priority: 2 },
    { id: 'why', title: 'WHY', width: 20, grow: true, priority: 3 },
  ],
  items: ({ monitoring }) => monitoring.health ?? NONE,
  depends: (state) => [state.monitoring.health],
  key: ({ subvolume }) => subvolume,
  cells: healthCells,
  search: ({ subvolume, overall, reasons, replicas }) => ({
    text: `${subvolume} ${overall} ${reasons.map((one) => findingWords(one).message).join(' ')}`,
    fields: { overall, subvolume, server: replicas.map(({ server }) => server).join(' ') },
  }),
  order: {
    overall: ({ overall }) => overallRank(overall),
    subvolume: ({ subvolume }) => subvolume,
    age: ({ primary }) => primary.ageSeconds ?? Number.MAX_SAFE_INTEGER,
    lag: (health) => -(worstLag(health) ?? Number.MAX_SAFE_INTEGER),
  },
};

function healthCells(health: Health, state: AppState): Readonly<Record<string, Cell>> {
  const { subvolume, snapshot, overall, primary, replicas } = health;
  const [why] = health.reasons;
  const expected = replicas.filter(({ isExpected }) => isExpected);
  const good = replicas.filter(({ status }) => status === 'complete');
  const open = expected.filter(({ status }) => status === 'could-not-check').length;
  const unseen = primary.status === 'could-not-check';
  return {
    overall: levelCell(overall, true),
    subvolume: { text: formatName(subvolume), tone: 'bold' },
    snapshot: { text: formatName(snapshot ?? 'none') },
    age: { text: coarseAge(primary.createdAt, state.now), ...(unseen ? { tone: 'dim' } : {}) },
    replicas: {
      text: `${good.length} of ${Math.max(expected.length, good.length)}${open > 0 ? `, ${open} ?` : ''}`,
      tone: good.length < expected.length ? 'warn' : 'plain',
    },
    lag: lagCell(worstLag(health), open > 0 || unseen),
    why: { text: formatName(why ? findingWords(why).message : ''), tone: 'dim' },
  };
}

/** Of what could not be checked it is as it was last seen. */
function lagCell(lag: number | null, isOld: boolean): Cell {
  if (lag === null) return { text: '-' };
  const text = lag === 0 ? 'none' : formatSeconds(lag);
  return isOld ? { text: `? ${text}`, tone: 'dim' } : { text };
}

/** Of the places that should have it; null: none of them is known. */
function worstLag({ replicas }: Health): number | null {
  const lags = replicas.flatMap(({ isExpected, lagSeconds }) =>
    isExpected && lagSeconds !== null ? [lagSeconds] : [],
  );
  return lags.length === 0 ? null : Math.max(...lags);
}
