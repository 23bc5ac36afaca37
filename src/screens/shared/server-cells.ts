/** What is shown of a server wherever it stands in a list. */
import type { Cell } from '../../components/table-layout.ts';
import type { Look, LookStatus } from '../../store/state.ts';

export const STATUS_WORDS: Readonly<Record<LookStatus, string>> = {
  unknown: '○ not checked yet',
  online: '● online',
  offline: '✗ offline',
  untrusted: '▲ untrusted',
  unauthorized: '✗ not let in',
};

export function statusCell(look: Look | undefined): Cell {
  if (!look) return { text: STATUS_WORDS.unknown, tone: 'dim' };
  const word = STATUS_WORDS[look.status];
  if (look.status === 'unknown') return { text: look.checking ? '○ connecting' : word, tone: 'dim' };
  if (look.fault?.code === 'host-key-changed') return { text: '✗ KEY CHANGED', tone: 'bad' };
  if (look.status !== 'online') return { text: word, tone: look.status === 'untrusted' ? 'warn' : 'bad' };
  if (look.fault) return { text: '▲ not usable', tone: 'warn' };
  const latency =
    look.latencySeconds === null ? '' : ` ${Math.max(1, Math.round(look.latencySeconds * 1000))} ms`;
  return { text: `${word}${latency}`, tone: 'good' };
}
