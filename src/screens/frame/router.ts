/**
 * The one place where a key finds what it does: the overlay if one is open, the filter while it is typed, else the
 * registry. It works on the store alone, so that ten keys in one chunk do what ten keys do.
 */
import { type App, change, openOverlay, tell } from '../../store/app.ts';
import { changeField, typed } from '../../store/form.ts';
import { noticeSeen } from '../../store/notices.ts';
import { byHand, runAction } from '../keys/by-hand.ts';
import { type KeyName, keyText, pasteText } from '../keys/keys.ts';
import { listState } from '../lists/lists.ts';
import { quit } from './global-actions.ts';
import { overlayKey } from './overlay-keys.ts';
import { currentPage } from './pages.ts';
import { actionFor } from './registry.ts';

/** Below this the screen only says so. */
export const SMALLEST = { columns: 60, rows: 15 } as const;

export const isTooSmall = ({ columns, rows }: { columns: number; rows: number }): boolean =>
  columns < SMALLEST.columns || rows < SMALLEST.rows;

export function handleKey(app: App, key: KeyName): void {
  const state = app.store.getState();
  app.lastKey.at = app.deps.fleet.clock.now();
  if (isTooSmall(state.size)) {
    if (key === 'Ctrl-c') app.deps.quit();
    // Nothing can be asked here; what is pasted after it would go to the shell.
    if (key === 'q') byHand(app, app.deps.quit, () => {});
    return;
  }
  if (key === 'Ctrl-c') quit(app);
  else if (state.overlay) overlayKey(app, state.overlay, key);
  else if (state.filtering) filterKey(app, key);
  else {
    const action = actionFor(state, key);
    if (action) runAction(app, action);
  }
  noticeSeen(app, state);
}

/** Pasted text goes into a field and nowhere else: it must never be taken for keys. */
export function handlePaste(app: App, text: string): void {
  const { overlay, filtering } = app.store.getState();
  const clean = pasteText(text);
  if (overlay?.kind === 'form') {
    openOverlay(app, { kind: 'form', form: changeField(overlay.form, typed(clean)) });
  } else if (overlay?.kind === 'help' || overlay?.kind === 'palette') {
    openOverlay(app, { ...overlay, query: overlay.query + clean, cursor: 0 });
  } else if (overlay?.kind === 'select') {
    const { select } = overlay;
    openOverlay(app, { kind: 'select', select: { ...select, filter: (select.filter ?? '') + clean } });
  } else if (overlay === null && filtering) appendFilter(app, clean);
  else tell(app, 'info', 'What was pasted was left out: there is no field here');
}

function filterKey(app: App, key: KeyName): void {
  const state = app.store.getState();
  const list = currentPage(state).list(state);
  if (list === null || key === 'Enter') {
    change(app, { filtering: false });
    return;
  }
  if (key === 'Esc') {
    list.setFilter(app, '');
    change(app, { filtering: false });
    return;
  }
  const { filter } = listState(state, list.id);
  if (key === 'Backspace') list.setFilter(app, [...filter].slice(0, -1).join(''));
  else if (key === 'Ctrl-u') list.setFilter(app, '');
  else if (key === 'Down' || key === 'Up') list.move(app, (at) => at + (key === 'Down' ? 1 : -1));
  else appendFilter(app, keyText(key) ?? '');
}

function appendFilter(app: App, text: string): void {
  const state = app.store.getState();
  const list = currentPage(state).list(state);
  if (list && text !== '') list.setFilter(app, listState(state, list.id).filter + text);
}
