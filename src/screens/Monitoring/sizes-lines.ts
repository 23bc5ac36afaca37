/** Decides what stands above the sizes of snapshots: the subvolume, and the primary beside a secondary. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Measuring } from '../../store/monitoring-state.ts';
import type { AppState } from '../../store/state.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { places } from '../fleet-view.ts';
import { coarseAge } from '../staleness.ts';
import { sidesOf } from './sizes-view.ts';

export function sizesHead(state: AppState): Line[] {
  const { place, primary, beside, here, there } = sidesOf(state);
  const all = places(state).length;
  return [
    [
      span(' Subvolume ', 'dim'),
      span(formatName(place?.path ?? ''), 'title'),
      span(all > 1 ? '   u another one' : '', 'dim'),
      span(beside === null ? '' : `   w another server beside it`, 'dim'),
    ],
    [
      span(' '.padEnd(14)),
      span(...heading('REFERENCED')),
      span(...heading('EXCLUSIVE')),
      span(...heading('SNAPSHOTS')),
      span(...heading('SAVED')),
      span('  FROM', 'dim'),
    ],
    sideLine(primary?.name ?? '', here, state.now),
    ...(beside === null ? [] : [sideLine(beside.name, there, state.now)]),
    [],
  ];
}

const WIDTH = 11;

const heading = (text: string) => [text.padStart(WIDTH), 'dim'] as const;

function sideLine(server: string, measuring: Measuring | null, now: number): Line {
  const name = span(` ${server.padEnd(13)}`, 'bold');
  if (measuring === null) return [name, span('  not measured yet: m measures', 'dim')];
  if (measuring.state === 'failed') return [name, span(`  ✗ ${formatName(measuring.fault.message)}`, 'bad')];
  if (measuring.state === 'measuring') {
    const { done, total } = measuring;
    return [name, span(`  ● measuring${total === null ? '' : `, ${done} of ${total}`} …`, 'accent')];
  }
  const { live, efficiency } = measuring.value;
  const cell = (text: string) => span(text.padStart(WIDTH));
  const saved = efficiency?.efficiency ?? null;
  return [
    name,
    cell(formatBytes(live?.referencedBytes ?? null)),
    cell(formatBytes(live?.exclusiveBytes ?? null)),
    cell(formatBytes(efficiency?.snapshotOverheadBytes ?? null)),
    cell(saved === null ? 'not known' : `${(saved * 100).toFixed(1)} %`),
    span(
      `  ${sourceText(live?.source ?? null)}, ${coarseAge(new Date(measuring.at).toISOString(), now)} ago`,
      'dim',
    ),
  ];
}

function sourceText(source: 'qgroups' | 'du' | null): string {
  if (source === null) return 'not measured in full';
  return source === 'qgroups' ? 'quota groups' : 'all files walked';
}
