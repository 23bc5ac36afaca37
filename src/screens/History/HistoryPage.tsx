/** The History page: what was run, sent and received, and from 140 columns on all of what the cursor stands on. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { faultLines } from '../shared/fault-lines.ts';
import type { PageProps } from '../shared/page.ts';
import { historyTab } from '../shared/tabs.ts';
import { shownDetails } from './actions.ts';
import { headLines } from './head-lines.ts';
import { receivedList } from './received-list.ts';
import { runsList } from './runs-list.ts';
import { sentList } from './sent-list.ts';
import { historyRuns } from './transfers.ts';
import { rowsOf } from './views.ts';

export function HistoryPage({ state, width, height }: PageProps): ReactNode {
  if (rowsOf(state) === 0) return <Lines lines={nothing(state, width)} width={width} height={height} />;
  const tab = historyTab(state);
  const shown = {
    ...{ state, width, height },
    heads: headLines(state, tab),
    details: (room: number) => details(state, room),
  };
  switch (tab) {
    case 'runs':
      return <ListAndDetails {...shown} view={runsList} />;
    case 'sent':
      return <ListAndDetails {...shown} view={sentList} />;
    case 'received':
      return <ListAndDetails {...shown} view={receivedList} />;
  }
}

const details = (state: AppState, width: number): Line[] =>
  (shownDetails(state, width)?.lines ?? []).map((text): Line => [span(text)]);

/** Not read yet, cannot be read, nothing run, nothing sent: four different texts, each with the next key. */
function nothing(state: AppState, width: number): Line[] {
  const { reading, trouble } = state.history;
  if (trouble !== null) {
    const title = 'The journal cannot be read, so what was run is not known.';
    return [...faultLines(title, trouble.fault, width), [], [span('  R tries again.')]];
  }
  if (reading === 'unread' || reading === 'reading') return [[], [span('  Reading the journal …')]];
  if (historyRuns(state).length === 0) {
    return [
      [],
      [span('  Nothing was run yet.', 'bold')],
      [],
      [
        span('  Page '),
        span('3', 'accent'),
        span(' makes snapshots, page '),
        span('5', 'accent'),
        span(' sends them.'),
      ],
      [span('  Whatever is run, here or by a schedule, is listed here.', 'dim')],
    ];
  }
  return [
    [],
    [span('  Nothing was sent to another server yet.', 'bold')],
    [],
    [
      span('  Page '),
      span('5', 'accent'),
      span(' replicates; '),
      span('[', 'accent'),
      span(' goes back to the runs.'),
    ],
  ];
}
