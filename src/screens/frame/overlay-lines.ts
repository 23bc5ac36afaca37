/** Decides how the drawers read: the runs, the commands run on servers, the messages so far. */
import { span } from '../../components/line-width.ts';
import { glyph, type Line, type Theme } from '../../components/theme.ts';
import type { Run } from '../../core/model/runs/run.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import { isActive, runLines, runState, runTitle } from '../shared/run-lines.ts';
import { TONES } from './lines.ts';

interface Room {
  readonly width: number;
  readonly height: number;
}

export function jobLines(state: AppState, cursor: number, room: Room, theme: Theme): Line[] {
  if (state.runs.length === 0) return [[span('Nothing was run yet.')]];
  const chosen = state.runs[cursor];
  const below = chosen
    ? runLines(chosen, room.width, state.now, theme).slice(0, Math.floor(room.height / 2))
    : [];
  const visible = Math.max(1, room.height - below.length - 1);
  const top = Math.max(0, Math.min(cursor - Math.floor(visible / 2), state.runs.length - visible));
  const rows = state.runs
    .slice(top, top + visible)
    .map((run, offset) => runRow(run, top + offset === cursor, state.now, theme));
  return [...rows, [], ...below];
}

function runRow(run: Run, here: boolean, now: number, theme: Theme): Line {
  const { text, tone } = runState(run);
  const age = isActive(run) ? '' : `${coarseAge(run.finishedAt, now)} ago`;
  return [
    span(here ? `${glyph('cursor', theme)} ` : '  ', 'accent'),
    span(runTitle(run), here ? 'inverse' : 'plain'),
    span('  '),
    span(text, tone),
    span(`  ${age}`, 'dim'),
  ];
}

/** A script of many lines: what it is called and what it works on stands behind it, and would not be seen. */
const SCRIPT = /'\n(?:[^']|'\\'')*'/g;

export function commandLines({ commands }: AppState, top: number, room: Room): Line[] {
  if (commands.length === 0) return [[span('No command was run yet.')]];
  return commands
    .slice(top, top + room.height)
    .map(
      ({ server, line, code, seconds }): Line => [
        span(server.padEnd(10), 'bold'),
        span(code === null ? 'lost' : String(code).padStart(4), code === 0 ? 'good' : 'bad'),
        span(formatSeconds(seconds).padStart(8), 'dim'),
        span(`  ${formatName(line.replace(SCRIPT, "'…'").replaceAll('\n', ' '))}`),
      ],
    );
}

export function messageLines({ messages, now }: AppState, top: number, room: Room): Line[] {
  if (messages.length === 0) return [[span('Nothing was told yet.')]];
  return messages
    .slice(top)
    .flatMap(({ kind, text, at }) => {
      const age = coarseAge(new Date(at).toISOString(), now).padStart(8);
      return wrap(formatName(text), room.width - 10).map(
        (part, index): Line => [
          span(index === 0 ? `${age}  ` : ' '.repeat(10), 'dim'),
          span(part, TONES[kind]),
        ],
      );
    })
    .slice(0, room.height);
}
