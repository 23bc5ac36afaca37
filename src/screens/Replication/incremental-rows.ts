/** Decides how the incremental tab reads: both sides, their common base, what is newer, and the delta between them. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { AppState } from '../../store/state.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { statusCell } from '../shared/server-cells.ts';
import { type FormRow, primaryRows, tellRow } from './form-row.ts';
import { buttonRow, details } from './full-rows.ts';
import {
  type IncrementalChoice,
  incrementalChoice,
  incrementalRequest,
  type Step,
} from './incremental-choice.ts';

export function incrementalRows(state: AppState): FormRow[] {
  const choice = incrementalChoice(state);
  const { server, directory, base, snapshot, refusal } = choice;
  const status = server === null ? null : statusCell(state.looks[server.name]);
  return [
    ...primaryRows(state),
    {
      id: 'server',
      label: 'Secondary',
      value: [
        span(server?.name ?? 'none'),
        span(status === null ? '' : `  ${status.text}`, status?.tone ?? 'dim'),
      ],
    },
    ...refused(choice, 'server'),
    {
      id: 'subvolume',
      label: 'Subvolume on it',
      value: [span(directory === null ? 'none' : formatName(directory.below))],
    },
    ...refused(choice, 'subvolume'),
    { id: 'base', label: 'Base on it', value: snapshotValue(base, choice.bases.length) },
    ...(base === null ? [] : details(state, base)),
    ...refused(choice, 'base'),
    { id: 'snapshot', label: 'Newer on primary', value: snapshotValue(snapshot, choice.newer.length) },
    ...(snapshot === null ? [] : details(state, snapshot)),
    ...refused(choice, 'snapshot'),
    ...(refusal === null ? deltaRows(state, choice) : []),
    buttonRow(refusal === null ? undefined : 'see the reason above'),
  ];
}

const refused = ({ refusal }: IncrementalChoice, step: Step): FormRow[] =>
  refusal?.step === step ? [tellRow(span(refusal.reason, 'bad'))] : [];

const snapshotValue = (snapshot: Snapshot | null, count: number): Line =>
  snapshot === null
    ? [span('none')]
    : [span(formatName(snapshot.name)), span(count > 1 ? `  of ${count}` : '', 'dim')];

function deltaRows(state: AppState, choice: IncrementalChoice): FormRow[] {
  const { origin, snapshot, server } = choice;
  const gap = gapText(origin, snapshot);
  return [
    { id: null, label: 'Delta', value: [span(`${gap} apart, `), ...deltaValue(state, choice)] },
    tellRow(span(`only what changed since ${origin?.name ?? ''} goes to ${server?.name ?? ''}`, 'dim')),
  ];
}

function deltaValue({ delta }: AppState, choice: IncrementalChoice): Line {
  const request = incrementalRequest(choice);
  if (request === null || delta?.key !== JSON.stringify(request)) return [span('not counted yet', 'dim')];
  if (delta.state === 'asking') return [span('counting what to send …', 'dim')];
  if (delta.state === 'failed') return [span(delta.fault.message, 'bad')];
  const [result] = delta.value.results;
  if (result?.status === 'already-there') return [span(`${result.server} has it already`, 'good')];
  if (result?.fault) return [span(result.fault.message, 'bad')];
  const bytes = result?.estimatedBytes ?? null;
  return [span(bytes === null ? 'size not known' : `${formatBytes(bytes)} of data to send`, 'bold')];
}

function gapText(older: Snapshot | null, newer: Snapshot | null): string {
  if (!older?.createdAt || !newer?.createdAt) return 'unknown time';
  return formatSeconds((Date.parse(newer.createdAt) - Date.parse(older.createdAt)) / 1000);
}
