/** Decides what is said above the lists of the history: how much was read, what is missing, and when it cannot be read. */
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import { primaryOf } from '../shared/fleet-view.ts';
import { historyRuns, historyTransfers } from './transfers.ts';

export function headLines(state: AppState, tab: 'runs' | 'sent' | 'received'): Line[] {
  const { trouble } = state.history;
  const head: Line = [span(` ${whatIsShown(state, tab)}`, 'title'), span(missing(state), 'dim')];
  if (trouble === null) return [head];
  const age = coarseAge(new Date(trouble.since).toISOString(), state.now);
  const stale = `STALE: not read for ${age}, R reads again: ${trouble.fault.message}`;
  return [head, ...wrapped(` ▲ ${formatName(stale)}`, state.size.columns - 1, 'warn').slice(0, 2)];
}

function whatIsShown(state: AppState, tab: 'runs' | 'sent' | 'received'): string {
  if (tab === 'runs') return counted(historyRuns(state).length, 'run', 'runs');
  const count = counted(historyTransfers(state).length, 'transfer', 'transfers');
  const primary = primaryOf(state);
  if (tab === 'sent') return primary === null ? `${count} sent` : `${count} from ${formatName(primary.name)}`;
  return `${count} by the server that received`;
}

/** What is not among the rows is said, and where it can be seen. */
function missing({ history: { reading, unreadable } }: AppState): string {
  const parts = [
    reading === 'unread' || reading === 'reading' ? 'reading older ones …' : '',
    reading === 'cut' ? 'no older ones here: btrfleet run list --limit N' : '',
    unreadable > 0 ? `${unreadable} of another version not shown` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? ', newest first' : `, ${parts.join(', ')}`;
}

const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count.toLocaleString('en')} ${many}`;
