/** Decides what a list to choose from shows, and what keys do in it: letters move until something is typed. */
import { type App, closeOverlay, openOverlay, tell } from '../../store/app.ts';
import type { AppState, Choice, Select } from '../../store/state.ts';
import { type KeyName, keyText } from '../keys/keys.ts';
import { moveOf } from './actions.ts';
import { compileFilter } from './filter.ts';
import { listRows } from './lists.ts';

/** Milliseconds in which keys come that were sent at once: what opened the list cannot have chosen from it. */
export const ONE_CHUNK = 100;

/** Rows of the box around the items. */
const FRAME = 5;

export interface SelectView {
  readonly matches: readonly Choice[];
  /** Where the cursor stands in them. */
  readonly index: number;
  /** Items there is room for. */
  readonly rows: number;
}

export function selectView(state: AppState, { items, at, filter }: Select): SelectView {
  const test = compileFilter(filter ?? '');
  const matches = filter ? items.filter(({ label }) => test({ text: label, fields: {} })) : items;
  const index = Math.max(
    0,
    matches.findIndex(({ value }) => value === at),
  );
  return { matches, index, rows: Math.min(items.length, listRows(state, FRAME - 1)) };
}

export function selectKey(app: App, select: Select, key: KeyName): void {
  const { matches, index, rows } = selectView(app.store.getState(), select);
  const isTyping = select.filter !== null;
  const set = (patch: Partial<Select>): void =>
    openOverlay(app, { kind: 'select', select: { ...select, ...patch } });
  const text = keyText(key);
  const move = isTyping && (text !== null || key === 'Ctrl-u') ? undefined : moveOf(key);
  if (key === 'Enter') choose(app, select, matches[index]);
  else if (key === 'Esc' && select.filter) set({ filter: null });
  else if (key === 'Esc' || (key === 'q' && !isTyping)) closeOverlay(app);
  else if (move !== undefined) {
    const next = Math.max(0, Math.min(matches.length - 1, move(index, matches.length - 1, rows)));
    set({ at: matches[next]?.value ?? select.at });
  } else if (key === '/' && !isTyping) set({ filter: '' });
  else if (key === 'Backspace') set({ filter: [...(select.filter ?? '')].slice(0, -1).join('') || null });
  else if (key === 'Ctrl-u') set({ filter: '' });
  else if (text !== null && (isTyping || text !== ' ')) set({ filter: (select.filter ?? '') + text });
}

function choose(app: App, select: Select, item: Choice | undefined): void {
  if (item === undefined) return;
  if (app.deps.fleet.clock.now() - select.openedAt < ONE_CHUNK) {
    tell(app, 'info', 'The list had just been opened: Enter once more chooses');
    return;
  }
  closeOverlay(app);
  select.choose(item.value);
}
