/** Decides how the frame reads: pages and status, tabs and filter, the notice, the hints. */
import { justify, lineWidth, span } from '../../components/line-width.ts';
import { tabLine } from '../../components/tab-line.ts';
import type { Line, Theme, Tone } from '../../components/theme.ts';
import { unseenFailures } from '../../store/notices.ts';
import type { AppState, NoticeKind, PageId } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { type Action, keyLabel, whyBlocked } from '../keys/actions.ts';
import { listState } from '../lists/lists.ts';
import { activeCount } from '../shared/run-lines.ts';
import { staleness } from '../shared/staleness.ts';
import { currentPage, SCREEN_PAGES } from './pages.ts';
import { actionsHere } from './registry.ts';

const SHORT: Readonly<Record<PageId, string>> = {
  dashboard: 'Dash',
  servers: 'Serv',
  snapshots: 'Snap',
  automation: 'Auto',
  replication: 'Repl',
  monitoring: 'Moni',
  history: 'Hist',
};

/** Above all, and only where there is something to be said all the time. */
export const bannerLine = ({ banner }: AppState): readonly Line[] =>
  banner === null ? [] : [[span(formatName(banner), 'accent')]];

/** Row 1: the pages, then how the fleet is. The status never gives way: a name of a page may. */
export function statusLine(state: AppState, width: number, theme: Theme): Line {
  const right = statusSpans(state);
  const tabs = SCREEN_PAGES.map(({ id, title }, index) => ({
    id,
    title,
    short: SHORT[id],
    key: String(index + 1),
  }));
  return justify(tabLine(tabs, state.page, width - lineWidth(right) - 1), right, width, theme);
}

function statusSpans(state: AppState): Line {
  const { servers, looks, runs } = state;
  const up = servers.filter(({ name }) => looks[name]?.status === 'online').length;
  const unknown = servers.filter(({ name }) => looks[name]?.status === 'unknown').length;
  const active = activeCount(runs);
  const oldest = servers
    .map(({ name }) => staleness(looks[name], state.now))
    .filter(({ stale, age }) => stale && age !== null)
    .toSorted((a, b) => (b.age ?? 0) - (a.age ?? 0))[0];
  const parts: Line = [
    ...(state.readOnly ? [span('read-only  ', 'warn')] : []),
    ...(active > 0 ? [span(`${active} running  `, 'accent')] : []),
    ...(oldest === undefined ? [] : [span(`${oldest.text} old  `, 'warn')]),
  ];
  if (servers.length === 0) return parts;
  const tone: Tone = up === servers.length ? 'good' : 'warn';
  return [
    ...parts,
    unknown === servers.length
      ? span(`?/${servers.length} up`, 'dim')
      : span(`${up}/${servers.length} up`, tone),
  ];
}

/** Row 2: the tabs of the page, the filter, how much is shown and marked. */
export function tabsLine(state: AppState, width: number, theme: Theme): Line {
  const page = currentPage(state);
  const active = page.tabs[state.tabs[page.id] ?? 0]?.id ?? '';
  const tabs = page.tabs.length > 0 ? tabLine(page.tabs, active, width) : [];
  const keys = span('  [ and ] change the tab', 'dim');
  const left = tabs.length > 0 && lineWidth([...tabs, keys]) <= width ? [...tabs, keys] : tabs;
  const list = page.list(state);
  if (list === null) return justify(left, [], width, theme);
  const { filter, anchor, sort, reverse } = listState(state, list.id);
  const marks = list.marked(state);
  const { shown, all } = list.count(state);
  const filterSpans: Line =
    state.filtering || filter !== ''
      ? [span(' /', 'accent'), span(formatName(filter)), ...(state.filtering ? [span(' ', 'inverse')] : [])]
      : [];
  const counts = filter === '' ? '' : `${count(shown)} of ${count(all)}`;
  const turned = sort === null && reverse ? 'reversed' : '';
  const marked = marks > 0 ? `${count(marks)} marked${anchor === null ? '' : ', range open'}` : '';
  const right = [turned, counts, marked].filter((text) => text !== '').join('  ');
  return justify([...left, ...filterSpans], [span(right, 'accent')], width, theme);
}

const count = (number: number): string => number.toLocaleString('en');

export const TONES: Readonly<Record<NoticeKind, Tone>> = {
  good: 'good',
  info: 'plain',
  warn: 'warn',
  bad: 'bad',
};
const WORDS: Readonly<Record<NoticeKind, string>> = { good: '✓ ', info: '', warn: '▲ ', bad: '✗ ' };

export function noticeLine(state: AppState): Line {
  if (state.configFault)
    return [span(` ✗ ${formatName(`${state.configFault.message} ${state.configFault.hint}`)}`, 'bad')];
  const { notice } = state;
  if (notice === null) return [];
  const covered = unseenFailures(state).filter((failure) => failure !== notice).length;
  const others = `${covered} more ${covered === 1 ? 'failure' : 'failures'}`;
  return [
    span(covered > 0 ? ` ✗ ${others}: !  ` : '', 'bad'),
    span(` ${WORDS[notice.kind]}${formatName(notice.text)}`, TONES[notice.kind]),
  ];
}

/** The keys that work here: the page's own, then what is left of the room for those that work everywhere. */
export function hintLine(state: AppState, width: number): Line {
  if (state.filtering) return [span(' Enter keep   Esc clear   Ctrl-U start again', 'dim')];
  if (state.overlay) return [];
  const actions = actionsHere(state).filter(({ quiet }) => !quiet);
  // The way to all the others is always shown.
  const always = actions.filter(({ id }) => ALWAYS.has(id)).flatMap((action) => hint(action, state));
  const shown: Line[] = [];
  let left = width - 1 - lineWidth(always);
  for (const action of actions.filter(({ id }) => !ALWAYS.has(id))) {
    const spans = hint(action, state);
    left -= lineWidth(spans);
    if (left < 0) break;
    shown.push(spans);
  }
  return [span(' '), ...shown.flat(), ...always];
}

const ALWAYS: ReadonlySet<string> = new Set(['help', 'quit', 'leave']);

function hint(action: Action, state: AppState): Line {
  const tone = whyBlocked(action, state) === undefined ? 'plain' : 'dim';
  const key = keyLabel(action.keys[0] ?? '');
  return [span(key, tone === 'dim' ? 'dim' : 'bold'), span(` ${action.label}  `, tone)];
}
