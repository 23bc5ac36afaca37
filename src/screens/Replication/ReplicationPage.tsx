/** The Replication page: the form of its tab, and below it the run that belongs to it. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { lineWidth, span } from '../../components/line-width.ts';
import { Spinner } from '../../components/Spinner.tsx';
import { glyph, type Line } from '../../components/theme.ts';
import { useTheme } from '../../components/theme-context.ts';
import type { Run } from '../../core/model/runs/run.ts';
import { truncateStart, wrap } from '../../text/width.ts';
import type { PageProps } from '../shared/page.ts';
import { isActive, runLines, runState, runTitle } from '../shared/run-lines.ts';
import { focusedRow, isFullTab, shownRun } from './actions.ts';
import { BUTTON, type FormRow, LABEL_WIDTH, rowLines, tellRow } from './form-row.ts';
import { fullRows } from './full-rows.ts';
import { incrementalRows } from './incremental-rows.ts';

export function ReplicationPage({ state, width, height }: PageProps): ReactNode {
  const theme = useTheme();
  const rows = isFullTab(state) ? fullRows(state, theme) : incrementalRows(state);
  const run = shownRun(state);
  const form = rowLines(foldRows(rows, width), focusedRow(state), glyph('cursor', theme));
  const wide = width >= 140;
  const told = run === null ? [] : runLines(run, wide ? Math.floor(width / 2) : width, state.now, theme);
  if (wide) {
    const left = Math.floor(width / 2);
    return (
      <Box width={width} height={height}>
        <Lines lines={form} width={left} height={height} />
        <Box flexDirection="column" marginLeft={1}>
          {run !== null && <RunHead run={run} width={width - left - 1} />}
          <Lines lines={fitted(told, height - 1)} width={width - left - 1} height={height - 1} />
        </Box>
      </Box>
    );
  }
  // A run that goes on must be seen: the form gives way, from its top, but never the row one stands on.
  const wanted = run === null ? 0 : Math.min(told.length + 1, Math.max(4, Math.floor(height / 2)));
  const room = Math.max(height - wanted, Math.min(form.length, height - wanted));
  const visible = around(
    form,
    room,
    form.findIndex((line) => line[0]?.text.trim() !== ''),
  );
  const shown = Math.min(room, visible.length);
  const left = height - shown - 1;
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={visible} width={width} height={shown} />
      {run !== null && <RunHead run={run} width={width} />}
      {run !== null && <Lines lines={fitted(told, left)} width={width} height={left} />}
    </Box>
  );
}

/** A target that failed must not fall off the end unseen. */
function fitted(lines: readonly Line[], room: number): readonly Line[] {
  if (lines.length <= room) return lines;
  const kept = lines.slice(0, Math.max(0, room - 1));
  return [
    ...kept,
    [span(`  ${lines.length - kept.length} more lines: J, then Enter shows all of it`, 'warn')],
  ];
}

function RunHead({ run, width }: { readonly run: Run; readonly width: number }): ReactNode {
  const { text, tone } = runState(run);
  const hint = isActive(run) ? '   c cancels, q leaves it running' : '';
  const line: Line = [span(` ${runTitle(run)}  `, 'bold'), span(text, tone), span(hint, 'dim')];
  return (
    <Box width={width} height={1}>
      {isActive(run) && <Spinner />}
      <Lines lines={[line]} width={width - (isActive(run) ? 1 : 0)} height={1} />
    </Box>
  );
}

/** Long reasons take more than one line; that of the button goes on below it. */
function foldRows(rows: readonly FormRow[], width: number): FormRow[] {
  const room = Math.max(20, width - LABEL_WIDTH);
  return rows.flatMap((row) => {
    const last = row.value.at(-1);
    if (last === undefined || lineWidth(row.value) <= room) return [row];
    if (row.id === BUTTON) {
      const before = { ...row, value: row.value.slice(0, -1) };
      return [before, ...wrap(last.text.trim(), room).map((text) => tellRow({ ...last, text }))];
    }
    if (row.id !== null || row.value.length > 1) return [row];
    // Of a path the end tells more than two halves do.
    if (!last.text.includes(' '))
      return [{ ...row, value: [{ ...last, text: truncateStart(last.text, room) }] }];
    return wrap(last.text, room).map((text, at) => ({
      ...row,
      label: at === 0 ? row.label : '',
      value: [{ ...last, text }],
    }));
  });
}

function around(lines: readonly Line[], room: number, focus: number): readonly Line[] {
  if (lines.length <= room) return lines;
  const start = Math.min(Math.max(0, focus - room + 2), lines.length - room);
  return lines.slice(start, start + room);
}
