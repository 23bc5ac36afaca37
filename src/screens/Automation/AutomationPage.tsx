/** The Automation page: policies and tasks, and from 140 columns on all of what the cursor stands on. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';

import { ListTable } from '../ListTable.tsx';
import type { PageProps } from '../page.ts';
import { automationHandle, automationTab, entryAtCursor } from './automation-views.ts';
import { emptyLines } from './empty-lines.ts';
import { entryDetails } from './entry-details.ts';
import { headLines } from './head-lines.ts';
import { retentionPoliciesList } from './retention-policies-list.ts';
import { snapshotPoliciesList } from './snapshot-policies-list.ts';
import { tasksList } from './tasks-list.ts';

export function AutomationPage({ state, width, height }: PageProps): ReactNode {
  if (automationHandle(state).count(state).all === 0)
    return <Lines lines={emptyLines(state, width)} width={width} height={height} />;
  const heads = headLines(state, automationTab(state));
  const below = height - heads.length;
  const wide = width >= 140;
  const listWidth = wide ? Math.floor(width * 0.6) : width;
  const detailWidth = width - listWidth - 2;
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={heads} width={width} height={heads.length} />
      <Box>
        <AutomationList state={state} width={listWidth} height={below} />
        {wide && (
          <Box marginLeft={2}>
            <Lines lines={details(state, detailWidth)} width={detailWidth} height={below} />
          </Box>
        )}
      </Box>
    </Box>
  );
}

function AutomationList({ state, width, height }: PageProps): ReactNode {
  switch (automationTab(state)) {
    case 'snapshots':
      return <ListTable state={state} view={snapshotPoliciesList} width={width} height={height} />;
    case 'retention':
      return <ListTable state={state} view={retentionPoliciesList} width={width} height={height} />;
    case 'tasks':
      return <ListTable state={state} view={tasksList} width={width} height={height} />;
  }
}

function details(state: AppState, width: number): Line[] {
  const entry = entryAtCursor(state);
  return entry === null ? [] : entryDetails(state, entry, width).map((text): Line => [span(text)]);
}
