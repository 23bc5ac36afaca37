/** Decides how one run is told in full, as plain lines. */
import type { Run } from '../../core/model/runs/run.ts';
import { runLines, runState, runTitle } from './run-lines.ts';

const PLAIN = { color: false, unicode: true } as const;

export const runText = (run: Run, now: number): string[] => [
  `${runTitle(run)}: ${runState(run).text}`,
  `asked for by ${run.trigger} at ${run.createdAt}`,
  `began ${run.startedAt ?? '-'}, ended ${run.finishedAt ?? '-'}`,
  '',
  ...runLines(run, 70, now, PLAIN).map((line) => line.map(({ text }) => text).join('')),
];
