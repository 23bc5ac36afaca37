/** Decides how outcomes read in a row: a glyph and a word, and of what failed the reason. */
import type { Cell } from '../../components/table-layout.ts';
import type { Run } from '../../core/model/runs/run.ts';
import { formatName } from '../../text/format.ts';
import { OUTCOME_WORDS } from '../shared/run-lines.ts';
import type { Transfer } from './transfers.ts';

export function runOutcome({ state, outcome, cancelRequested }: Run): Cell {
  if (state === 'queued') return { text: '○ waiting', tone: 'dim' };
  if (state === 'running')
    return cancelRequested ? { text: '▲ cancelling', tone: 'warn' } : { text: '● running', tone: 'accent' };
  const { sign, text, tone } = OUTCOME_WORDS[outcome ?? 'failed'];
  return { text: `${sign} ${text}`, tone };
}

/** Failed and interrupted ones, as the command line counts them. */
export const hasFailed = (outcome: string | null): boolean =>
  outcome === 'failed' || outcome === 'interrupted';

export function transferOutcome({ status, verified, phase, reason }: Transfer): Cell {
  const why = reason === null ? '' : `: ${formatName(reason.message)}`;
  switch (status) {
    case 'ok':
      return verified ? { text: '✓ verified', tone: 'good' } : { text: '▲ not verified', tone: 'warn' };
    case 'already-there':
      return { text: '✓ was there', tone: 'good' };
    case 'absent':
      return { text: '○ not there', tone: 'dim' };
    case 'cancelled':
      return { text: `▲ CANCELLED${why}`, tone: 'warn' };
    case 'interrupted':
      return { text: `✗ INTERRUPTED${why}`, tone: 'bad' };
    case 'failed':
      return { text: `✗ FAILED${why}`, tone: 'bad' };
    case 'waiting':
    case 'planned':
      return { text: '○ waiting', tone: 'dim' };
    case 'running':
      return { text: `● ${phase ?? 'running'}`, tone: 'accent' };
  }
}
