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
  const move = (by: number): void => {
    const cursor = Math.max(0, Math.min(entries.length - 1, overlay.cursor + by));
    openOverlay(app, { ...overlay, cursor });
  };
  if (key === 'Esc' || (overlay.query === '' && (key === '?' || key === 'q'))) closeOverlay(app);
  else if (key === 'Down' || key === 'Ctrl-n') move(1);
  else if (key === 'Up' || key === 'Ctrl-p') move(-1);
  else if (key === 'PgDn') move(10);
  else if (key === 'PgUp') move(-10);
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
    const top = Math.max(0, Math.min(confirm.lines.length - 1, confirm.top + scrolled));
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

/** Lines; letters are answers, so only these move. */
const SCROLL: Readonly<Record<KeyName, number>> = { Down: 1, Up: -1, PgDn: 10, PgUp: -10 };

/** What was allowed when the question was asked may not be any more. */
function carryOut(app: App, confirm: Confirm): void {
  const why = confirm.isHarmless ? undefined : whyUnchanged(app.store.getState());
  if (why === undefined) confirm.run();
  else tell(app, 'bad', why);
}

function textKey(app: App, overlay: Extract<Overlay, { kind: 'text' }>, key: KeyName): void {
  const by = SCROLL[key] ?? { j: 1, k: -1 }[key];
  if (key === 'Esc' || key === 'q' || key === 'Enter') {
    closeOverlay(app);
    if (key === 'Enter') overlay.go?.run();
  } else if (by !== undefined) {
    const top = Math.max(0, Math.min(overlay.lines.length - 1, (overlay.top ?? 0) + by));
    openOverlay(app, { ...overlay, top });
  }
}

function jobsKey(app: App, cursor: number, key: KeyName): void {
  const { runs } = app.store.getState();
  const run = runs[cursor];
  const move = (by: number): void =>
    openOverlay(app, { kind: 'jobs', cursor: Math.max(0, Math.min(runs.length - 1, cursor + by)) });
  if (key === 'Esc' || key === 'q' || key === 'J') closeOverlay(app);
  else if (key === 'j' || key === 'Down') move(1);
  else if (key === 'k' || key === 'Up') move(-1);
  else if (key === 'PgDn') move(10);
  else if (key === 'PgUp') move(-10);
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
  const move = (by: number): void =>
    change(app, { overlay: { ...overlay, top: Math.max(0, Math.min(count - 1, overlay.top + by)) } });
  if (key === 'Esc' || key === 'q' || key === '@' || key === '!') closeOverlay(app);
  else if (key === 'j' || key === 'Down') move(1);
  else if (key === 'k' || key === 'Up') move(-1);
  else if (key === 'PgDn') move(10);
  else if (key === 'PgUp') move(-10);
}
