/** What keys do while an overlay is open. Every one of them can be left by Esc, and by another key too. */
import { type App, ARMED, change, closeOverlay, openOverlay, tell } from '../../store/app.ts';
import {
  type ButtonField,
  changeField,
  cleared,
  erased,
  type FormState,
  formValues,
  moveFocus,
  turned,
  typed,
} from '../../store/form.ts';
import type { AppState, Confirm, Overlay } from '../../store/state.ts';
import { whyUnchanged } from '../keys/actions.ts';
import { byHand, tellBurst } from '../keys/by-hand.ts';
import { type KeyName, keyText } from '../keys/keys.ts';
import { selectKey } from '../lists/select.ts';
import { askCancel } from '../shared/cancel.ts';
import { isActive } from '../shared/run-lines.ts';
import { runText } from '../shared/run-text.ts';
import { type Entry, helpEntries, paletteEntries } from './entries.ts';

export function overlayKey(app: App, overlay: Overlay, key: KeyName): void {
  switch (overlay.kind) {
    case 'help':
    case 'palette':
      searchKey(app, overlay, key);
      return;
    case 'form':
      formKey(app, overlay.form, key);
      return;
    case 'confirm':
      confirmKey(app, overlay.confirm, key);
      return;
    case 'select':
      selectKey(app, overlay.select, key);
      return;
    case 'jobs':
      jobsKey(app, overlay.cursor, key);
      return;
    case 'commands':
    case 'messages':
      scrollKey(app, overlay, key);
      return;
    case 'text':
      textKey(app, overlay, key);
      return;
  }
}

type Search = Extract<Overlay, { kind: 'help' | 'palette' }>;

export const entriesOf = (state: AppState, { kind, query }: Search): Entry[] =>
  kind === 'help' ? helpEntries(state, query) : paletteEntries(state, query);

function searchKey(app: App, overlay: Search, key: KeyName): void {
  const entries = entriesOf(app.store.getState(), overlay);
  const by = SCROLL[key] ?? { 'Ctrl-n': 1, 'Ctrl-p': -1 }[key];
  if (key === 'Esc' || (overlay.query === '' && (key === '?' || key === 'q'))) closeOverlay(app);
  else if (by !== undefined)
    openOverlay(app, { ...overlay, cursor: within(entries.length, overlay.cursor + by) });
  else if (key === 'Enter') {
    closeOverlay(app);
    entries[overlay.cursor]?.run(app);
  } else if (key === 'Backspace')
    openOverlay(app, { ...overlay, query: [...overlay.query].slice(0, -1).join(''), cursor: 0 });
  else if (key === 'Ctrl-u') openOverlay(app, { ...overlay, query: '', cursor: 0 });
  else openOverlay(app, { ...overlay, query: overlay.query + (keyText(key) ?? ''), cursor: 0 });
}

function formKey(app: App, form: FormState, key: KeyName): void {
  const set = (next: FormState): void => openOverlay(app, { kind: 'form', form: next });
  const focused = form.fields[form.focus];
  if (key === 'Esc') closeOverlay(app);
  else if (form.below && (key === 'PgDn' || key === 'PgUp')) {
    const top = (form.belowTop ?? 0) + (key === 'PgDn' ? 5 : -5);
    set({ ...form, belowTop: Math.max(0, Math.min(form.below.length - 2, top)) });
  } else if (key === 'Tab' || key === 'Down') set(moveFocus(form, 1));
  else if (key === 'Shift-Tab' || key === 'Up') set(moveFocus(form, -1));
  else if (key === 'Enter') {
    if (focused?.kind === 'button') press(app, form, focused);
    else set(moveFocus(form, 1));
  } else if (key === 'Left' || key === 'Right') {
    if (focused?.kind === 'button') set(moveFocus(form, key === 'Right' ? 1 : -1));
    else set(changeField(form, turned(key === 'Right' ? 1 : -1)));
  } else if (key === 'Backspace') set(changeField(form, erased));
  else if (key === 'Ctrl-u') set(changeField(form, cleared));
  else if (key === 'Space' && focused?.kind === 'button') press(app, form, focused);
  else if (key === 'Space' && (focused?.kind === 'toggle' || focused?.kind === 'choice'))
    set(changeField(form, turned(1)));
  else set(changeField(form, typed(keyText(key) ?? '')));
}

const press = (app: App, form: FormState, { id, label }: ButtonField): void =>
  byHand(
    app,
    () => form.press(id, formValues(form.fields)),
    () => tellBurst(app, `"${label}" was not pressed`),
  );

/** Only `y` goes on, never Enter; or, where much is at stake, what must be typed and then Enter. */
function confirmKey(app: App, confirm: Confirm, key: KeyName): void {
  if (app.deps.fleet.clock.now() - confirm.openedAt < ARMED) return;
  const { mustType, back = null } = confirm;
  const leave = (): void => change(app, { overlay: back });
  const answer = (isYes: boolean): void =>
    byHand(
      app,
      () => {
        leave();
        if (isYes) carryOut(app, confirm);
      },
      () => tellBurst(app, 'Not answered'),
    );
  const scrolled = SCROLL[key];
  if (key === 'Esc') leave();
  else if (scrolled !== undefined) {
    const top = within(confirm.lines.length, confirm.top + scrolled);
    openOverlay(app, { kind: 'confirm', confirm: { ...confirm, top } });
  } else if (mustType === null) {
    answer(key === 'y');
  } else if (key === 'Enter') {
    answer(confirm.typed === mustType);
  } else {
    const text =
      key === 'Backspace' ? [...confirm.typed].slice(0, -1).join('') : confirm.typed + (keyText(key) ?? '');
    openOverlay(app, { kind: 'confirm', confirm: { ...confirm, typed: text } });
  }
}

/** Lines. Where letters are answers, only these move. */
const SCROLL: Readonly<Record<KeyName, number>> = { Down: 1, Up: -1, PgDn: 10, PgUp: -10 };

const scrolledBy = (key: KeyName): number | undefined => SCROLL[key] ?? { j: 1, k: -1 }[key];

const within = (count: number, at: number): number => Math.max(0, Math.min(count - 1, at));

/** What was allowed when the question was asked may not be any more. */
function carryOut(app: App, confirm: Confirm): void {
  const why = confirm.isHarmless ? undefined : whyUnchanged(app.store.getState());
  if (why === undefined) confirm.run();
  else tell(app, 'bad', why);
}

function textKey(app: App, overlay: Extract<Overlay, { kind: 'text' }>, key: KeyName): void {
  const by = scrolledBy(key);
  if (key === 'Esc' || key === 'q' || key === 'Enter') {
    closeOverlay(app);
    if (key === 'Enter') overlay.go?.run();
  } else if (by !== undefined) {
    openOverlay(app, { ...overlay, top: within(overlay.lines.length, (overlay.top ?? 0) + by) });
  }
}

function jobsKey(app: App, cursor: number, key: KeyName): void {
  const { runs } = app.store.getState();
  const run = runs[cursor];
  const by = scrolledBy(key);
  if (key === 'Esc' || key === 'q' || key === 'J') closeOverlay(app);
  else if (by !== undefined) openOverlay(app, { kind: 'jobs', cursor: within(runs.length, cursor + by) });
  else if (key === 'c' && run && isActive(run)) askCancel(app, run);
  else if (key === 'Enter' && run) {
    openOverlay(app, { kind: 'text', title: `Run ${run.id}`, lines: runText(run, app.store.getState().now) });
  }
}

function scrollKey(
  app: App,
  overlay: Extract<Overlay, { kind: 'commands' | 'messages' }>,
  key: KeyName,
): void {
  const { commands, messages } = app.store.getState();
  const count = overlay.kind === 'commands' ? commands.length : messages.length;
  const by = scrolledBy(key);
  if (key === 'Esc' || key === 'q' || key === '@' || key === '!') closeOverlay(app);
  else if (by !== undefined) change(app, { overlay: { ...overlay, top: within(count, overlay.top + by) } });
}
