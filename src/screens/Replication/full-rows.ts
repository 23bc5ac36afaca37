/** Decides how the full tab reads: subvolume, snapshot and what it is, servers, and the button with its reason. */
import { span } from '../../components/line-width.ts';
import { widest } from '../../components/table-layout.ts';
import { glyph, type Line, type Theme } from '../../components/theme.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import { hasOrigin } from '../../store/origins.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import { fitWidth } from '../../text/width.ts';
import { statusCell } from '../shared/server-cells.ts';
import { sizeWords } from '../shared/snapshot-cells.ts';
import type { TargetChoice } from '../shared/targets.ts';
import { BUTTON, type FormRow, primaryRows } from './form-row.ts';
import { fullChoice } from './full-choice.ts';

export function fullRows(state: AppState, theme: Theme): FormRow[] {
  const { place, snapshot, snapshots, targets, chosen, blocked } = fullChoice(state);
  const room = widest(targets.map(({ label }) => formatName(label)));
  return [
    ...primaryRows(state),
    { id: 'subvolume', label: 'Subvolume', value: [span(place === null ? 'none' : formatName(place.path))] },
    { id: 'snapshot', label: 'Snapshot', value: snapshotValue(snapshot, snapshots.length) },
    ...(snapshot === null ? [] : details(state, snapshot)),
    ...targets.map((target, index) => ({
      id: `target ${target.label}`,
      label: index === 0 ? 'Send to' : '',
      value: targetValue(state, target, { chosen: chosen.includes(target), snapshot, theme, room }),
    })),
    buttonRow(blocked),
  ];
}

export const buttonRow = (blocked: string | undefined): FormRow => ({
  id: BUTTON,
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
  { id: null, label: '  path', value: [span(formatName(snapshot.path), 'dim')] },
  {
    id: null,
    label: '  created',
    value: [
      span(
        `${snapshot.createdAt ?? 'unknown'}, ${coarseAge(snapshot.createdAt, state.now)} ago, ${sizeWords(state, snapshot)}`,
        'dim',
      ),
    ],
  },
];

function targetValue(
  state: AppState,
  { label, target }: TargetChoice,
  {
    chosen,
    snapshot,
    theme,
    room,
  }: {
    readonly chosen: boolean;
    readonly snapshot: Snapshot | null;
    readonly theme: Theme;
    /** Columns of the longest name, so that what follows is aligned. */
    readonly room: number;
  },
): Line {
  const look = state.looks[target.server];
  const status = statusCell(look);
  const there = snapshot !== null && look?.inventory && hasOrigin(look.inventory, snapshot.originId) === true;
  return [
    span(`${glyph(chosen ? 'toggleOn' : 'toggleOff', theme)} ${fitWidth(formatName(label), room)} `),
    { text: status.text, ...(status.tone ? { tone: status.tone } : {}) },
    span(there ? '  has it already' : '', 'dim'),
  ];
}
