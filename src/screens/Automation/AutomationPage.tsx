/** The Automation page: policies and tasks, and from 140 columns on all of what the cursor stands on. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import type { PageProps } from '../shared/page.ts';
import { automationTab } from '../shared/tabs.ts';
import { emptyLines } from './empty-lines.ts';
import { entryDetails } from './entry-details.ts';
import { headLines } from './head-lines.ts';
import { retentionPoliciesList } from './retention-policies-list.ts';
import { snapshotPoliciesList } from './snapshot-policies-list.ts';
import { tasksList } from './tasks-list.ts';
import { automationHandle, entryAtCursor } from './views.ts';

export function AutomationPage({ state, width, height }: PageProps): ReactNode {
  if (automationHandle(state).count(state).all === 0)
    return <Lines lines={emptyLines(state, width)} width={width} height={height} />;
  const tab = automationTab(state);
  const shown = {
    ...{ state, width, height },
    heads: headLines(state, tab),
    details: (room: number) => details(state, room),
  };
  switch (tab) {
    case 'snapshots':
      return <ListAndDetails {...shown} view={snapshotPoliciesList} />;
    case 'retention':
      return <ListAndDetails {...shown} view={retentionPoliciesList} />;
    case 'tasks':
      return <ListAndDetails {...shown} view={tasksList} />;
  }
}

function details(state: AppState, width: number): Line[] {
  const entry = entryAtCursor(state);
  return entry === null ? [] : entryDetails(state, entry, width).map((text): Line => [span(text)]);
}
