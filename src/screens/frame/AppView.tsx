/** The whole screen: the frame, the page in it or the overlay instead, and the one place where keys come in. */
import { Box, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import { useTheme } from '../../components/theme-context.ts';
import { type App, change } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import { keyNames } from '../keys/keys.ts';
import { activeCount } from '../shared/run-lines.ts';
import { bannerLine, hintLine, noticeLine, statusLine, tabsLine } from './lines.ts';
import { OverlayView } from './OverlayView.tsx';
import { currentPage } from './pages.ts';
import { handleKey, handlePaste, isTooSmall, SMALLEST } from './router.ts';

/** Rows of the frame around the body. */
const FRAME = 4;

export function AppView({ app }: { readonly app: App }): ReactNode {
  const { columns, rows: all } = useWindowSize();
  const state = useSyncExternalStore(app.shown.subscribe, app.shown.getState);
  const banner = bannerLine(state);
  const rows = all - banner.length;
  useInput((input, key) => {
    for (const name of keyNames(input, key)) handleKey(app, name);
    app.shown.flush();
  });
  usePaste((text) => {
    handlePaste(app, text);
    app.shown.flush();
  });
  useEffect(() => {
    change(app, { size: { columns, rows } });
    app.shown.flush();
  }, [app, columns, rows]);
  useEffect(() => {
    const page = currentPage(state);
    page.list(state)?.pin(app);
    page.onShow?.(app);
    // The cursor belongs to what is drawn.
    app.shown.flush();
  }, [app, state]);
  const size = { columns, rows };
  return (
    <Box width="100%" height={all} flexDirection="column" overflow="hidden">
      {banner.length > 0 && <Lines lines={banner} width={columns} height={banner.length} />}
      {isTooSmall(size) ? <TooSmall state={state} size={size} /> : <Frame state={state} size={size} />}
    </Box>
  );
}

interface FrameProps {
  readonly state: AppState;
  readonly size: { readonly columns: number; readonly rows: number };
}

function Frame({ state, size: { columns: width, rows } }: FrameProps): ReactNode {
  const theme = useTheme();
  const height = rows - FRAME;
  const { Body } = currentPage(state);
  return (
    <>
      <Lines
        lines={[statusLine(state, width, theme), tabsLine(state, width, theme)]}
        width={width}
        height={2}
      />
      {state.overlay ? (
        <OverlayView state={state} overlay={state.overlay} width={width} height={height} />
      ) : (
        <Body state={state} width={width} height={height} />
      )}
      <Lines lines={[noticeLine(state), hintLine(state, width)]} width={width} height={2} />
    </>
  );
}

function TooSmall({ state, size: { columns, rows } }: FrameProps): ReactNode {
  const active = activeCount(state.runs);
  const lines = [
    [span(`${columns}×${rows}, needs ${SMALLEST.columns}×${SMALLEST.rows}`)],
    [span(active > 0 ? `${active} running, they go on. q quits` : 'q quits', 'dim')],
  ];
  return <Lines lines={lines} width={columns} height={Math.min(2, rows)} />;
}
