/** How verdicts, what leads to them, and warnings of disks are drawn: a sign and a word, and a tone that underlines it. */
import type { Cell } from '../../components/table-layout.ts';
import type { Tone } from '../../components/theme.ts';
import { type Level, URGENCY } from '../../core/model/status/finding.ts';

interface Drawn {
  readonly sign: string;
  readonly tone: Tone;
}

const LEVELS: Readonly<Record<Level | 'ok', Drawn>> = {
  failed: { sign: '✗', tone: 'bad' },
  degraded: { sign: '▲', tone: 'warn' },
  unknown: { sign: '?', tone: 'warn' },
  note: { sign: '·', tone: 'dim' },
  ok: { sign: '✓', tone: 'good' },
};

export function levelCell(level: Level | 'ok', isLoud = false): Cell & { readonly tone: Tone } {
  const { sign, tone } = LEVELS[level];
  return { text: `${sign} ${isLoud ? level.toUpperCase() : level}`, tone };
}

/** Of a disk. */
export const warningSign = (level: Level): Drawn =>
  URGENCY[level] === 'bad' ? { sign: '✗', tone: 'bad' } : { sign: '▲', tone: 'warn' };
