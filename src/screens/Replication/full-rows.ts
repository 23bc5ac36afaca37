/** Decides how the full tab reads: subvolume, snapshot and what it is, servers, and the button with its reason. */
import { span } from '../../components/line-width.ts';
import { glyph, type Line, type Theme } from '../../components/theme.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { originIds } from '../fleet-view.ts';
import { statusCell } from '../Servers/servers-list.ts';
import { sizeText } from '../Snapshots/snapshots-list.ts';
import { coarseAge } from '../staleness.ts';
import { type FormRow, tellRow } from './form-row.ts';
import { fullChoice } from './full-choice.ts';
import type { TargetChoice } from './targets.ts';

export function fullRows(state: AppState, theme: Theme): FormRow[] {
  const { place, snapshot, snapshots, targets, chosen, blocked } = fullChoice(state);
  return [
    { id: 'subvolume', label: 'Subvolume', value: [span(place === null ? 'none' : formatName(place.path))] },
    { id: 'snapshot', label: 'Snapshot', value: snapshotValue(snapshot, snapshots.length) },
    ...(snapshot === null ? [] : details(state, snapshot)),
    ...targets.map((target, index) => ({
      id: `target ${target.label}`,
      label: index === 0 ? 'Send to' : '',
      value: targetValue(state, target, chosen.includes(target), snapshot, theme),
    })),
    buttonRow(blocked),
  ];
}

export const buttonRow = (blocked: string | undefined): FormRow => ({
  id: 'replicate',
  label: '',
  value: [
    span('[ Replicate ]', blocked === undefined ? 'bold' : 'dim'),
    span(blocked === undefined ? '' : `  ${blocked}`, 'warn'),
  ],
});

const snapshotValue = (snapshot: Snapshot | null, count: number): Line =>
  snapshot === null
    ? [span('none', 'warn')]
    : [span(snapshot.name), span(count > 1 ? `  of ${count}` : '', 'dim')];

/** Name, path, created, size: what the documented tab shows. */
export const details = (state: AppState, snapshot: Snapshot): FormRow[] => [
  tellRow(span(formatName(snapshot.path), 'dim')),
  tellRow(
    span(
      `created ${snapshot.createdAt ?? 'unknown'}, ${coarseAge(snapshot.createdAt, state.now)} ago, size ${sizeText(state, snapshot)}`,
      'dim',
    ),
  ),
];

function targetValue(
  state: AppState,
  { label, target }: TargetChoice,
  chosen: boolean,
  snapshot: Snapshot | null,
  theme: Theme,
): Line {
  const look = state.looks[target.server];
  const status = statusCell(look);
  const there = snapshot !== null && look?.inventory && originIds(look.inventory).has(snapshot.originId);
  return [
    span(`${glyph(chosen ? 'toggleOn' : 'toggleOff', theme)} ${formatName(label).padEnd(12)} `),
    { text: status.text, ...(status.tone ? { tone: status.tone } : {}) },
    span(there ? '  has it already' : '', 'dim'),
  ];
}
