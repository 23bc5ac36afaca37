/** The Monitoring page: health of snapshots, filesystems beside the primary's, and what snapshots take up. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { useTheme } from '../../components/theme-context.ts';
import type { FilesystemState } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { findingWords } from '../../text/words/finding.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { ListTable } from '../lists/ListTable.tsx';
import { cursorPlace } from '../lists/lists.ts';
import { primaryOf } from '../shared/fleet-view.ts';
import { footLines } from '../shared/foot-lines.ts';
import type { PageProps } from '../shared/page.ts';
import { monitoringTab } from '../shared/tabs.ts';
import { emptyLines } from './empty-lines.ts';
import { filesystemLines } from './filesystem-lines.ts';
import { filesystemsList } from './filesystems-list.ts';
import { healthLines } from './health-lines.ts';
import { healthList } from './health-list.ts';
import { sizesHead } from './sizes-lines.ts';
import { sizesList } from './sizes-list.ts';
import { healthFoot, monitoringHandle, panelHeight } from './views.ts';

export function MonitoringPage(props: PageProps): ReactNode {
  const { state, width, height } = props;
  const empty = monitoringHandle(state).count(state).all === 0 ? emptyLines(state, width) : null;
  if (empty) return <Lines lines={empty} width={width} height={height} />;
  switch (monitoringTab(state)) {
    case 'health':
      return <HealthTab {...props} />;
    case 'filesystem':
      return <FilesystemTab {...props} />;
    case 'subvolume':
      return <SubvolumeTab {...props} />;
  }
}

function HealthTab({ state, width, height }: PageProps): ReactNode {
  const foot = healthFoot(state);
  const { item } = cursorPlace(state, healthList);
  if (foot === 0) {
    const details = (room: number): Line[] =>
      item === null ? [] : healthLines(item).flatMap((text) => wrapped(text, room - 2));
    return <ListAndDetails {...{ state, width, height, details }} view={healthList} share={0.55} />;
  }
  const [reason] = item?.reasons ?? [];
  return (
    <Box flexDirection="column" width={width} height={height}>
      <ListTable state={state} view={healthList} width={width} height={height - foot} />
      <Lines lines={footLines(reason ? findingWords(reason) : FINE, width)} width={width} height={foot} />
    </Box>
  );
}

const FINE = { message: 'Everything that is expected was checked and is there.', hint: '' };

/** Below the list the primary's filesystem, and beside it the one at the cursor. */
function FilesystemTab({ state, width, height }: PageProps): ReactNode {
  const theme = useTheme();
  const panel = Math.min(panelHeight(state), Math.max(0, height - 4));
  const { item } = cursorPlace(state, filesystemsList);
  const first = firstOfPrimary(state);
  const pair = [first, item !== first ? item : null].filter((one) => one !== null && one !== undefined);
  const half = pair.length > 1 ? Math.floor((width - 2) / 2) : width;
  return (
    <Box flexDirection="column" width={width} height={height}>
      <ListTable state={state} view={filesystemsList} width={width} height={height - panel} />
      <Box>
        {pair.map((one, index) => (
          <Box key={one.filesystem.uuid + one.server} marginLeft={index * 2}>
            <Lines lines={filesystemLines(one, half - 1, state.now, theme)} width={half} height={panel} />
          </Box>
        ))}
      </Box>
    </Box>
  );
}

const firstOfPrimary = (state: AppState): FilesystemState | null =>
  state.monitoring.filesystems?.find(({ server }) => server === primaryOf(state)?.name) ?? null;

function SubvolumeTab({ state, width, height }: PageProps): ReactNode {
  const heads = sizesHead(state).map((line) =>
    line.map((part) => ({ ...part, text: formatName(part.text) })),
  );
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={heads} width={width} height={heads.length} />
      <ListTable state={state} view={sizesList} width={width} height={height - heads.length} />
    </Box>
  );
}
