/** Decides what stands above the sizes of snapshots: the subvolume, and the primary beside a secondary. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Measuring } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { places } from '../shared/fleet-view.ts';
import { sidesOf } from './sizes-view.ts';

export function sizesHead(state: AppState): Line[] {
  const { place, primary, beside, here, there } = sidesOf(state);
  const all = places(state).length;
  const count = figuresIn(state.size.columns);
  return [
    [
      span(' Subvolume ', 'dim'),
      span(formatName(place?.path ?? ''), 'title'),
      span(all > 1 ? '   u another one' : '', 'dim'),
      span(beside === null ? '' : `   w another server beside it`, 'dim'),
    ],
    [
      span(' '.padEnd(14)),
      ...HEADS.slice(0, count).map((text, column) => span(text.padStart(WIDTHS[column] ?? 0), 'dim')),
      span('  FROM, AGE', 'dim'),
    ],
    sideLine(primary?.name ?? '', here, state.now, count),
    ...(beside === null ? [] : [sideLine(beside.name, there, state.now, count)]),
    [],
  ];
}

const HEADS = ['REFERENCED', 'EXCLUSIVE', 'SNAPSHOTS', 'SAVED'] as const;
/** Columns of the figures. */
const WIDTHS: readonly number[] = [11, 10, 10, 10];

/** Where a figure comes from must be told; what is saved gives way. */
const figuresIn = (columns: number): number => (columns < 72 ? 3 : HEADS.length);

function sideLine(server: string, measuring: Measuring | null, now: number, count: number): Line {
  const name = span(` ${server.padEnd(13)}`, 'bold');
  if (measuring === null) return [name, span('  not measured yet: m measures', 'dim')];
  if (measuring.state === 'failed') return [name, span(`  ✗ ${formatName(measuring.fault.message)}`, 'bad')];
  if (measuring.state === 'measuring') {
    const { done, total } = measuring;
    return [name, span(`  ● measuring${total === null ? '' : `, ${done} of ${total}`} …`, 'accent')];
  }
  const { live, efficiency } = measuring.value;
  const saved = efficiency?.efficiency ?? null;
  const figures = [
    formatBytes(live?.referencedBytes ?? null),
    formatBytes(live?.exclusiveBytes ?? null),
    formatBytes(efficiency?.snapshotOverheadBytes ?? null),
    saved === null ? 'not known' : `${(saved * 100).toFixed(1)} %`,
  ];
  const age = coarseAge(new Date(measuring.at).toISOString(), now);
  return [
    name,
    ...figures.slice(0, count).map((text, column) => span(text.padStart(WIDTHS[column] ?? 0))),
    span(`  ${sourceText(live?.source ?? null)}, ${age}`, 'dim'),
  ];
}

function sourceText(source: 'qgroups' | 'du' | null): string {
  if (source === null) return 'incomplete';
  return source === 'qgroups' ? 'quota groups' : 'files walked';
}
