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
import { automationHandle, entriesList, entryAtCursor } from './views.ts';

export function AutomationPage({ state, width, height }: PageProps): ReactNode {
  if (automationHandle(state).count(state).all === 0)
    return <Lines lines={emptyLines(state, width)} width={width} height={height} />;
  return (
    <ListAndDetails
      {...{ state, width, height }}
      heads={headLines(state, automationTab(state))}
      details={(room) => details(state, room)}
      view={entriesList(state)}
    />
  );
}

function details(state: AppState, width: number): Line[] {
  const entry = entryAtCursor(state);
  return entry === null ? [] : entryDetails(state, entry, width).map((text): Line => [span(text)]);
}
