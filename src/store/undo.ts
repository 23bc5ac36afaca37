/** What was done last on this screen, and how it is taken back: that and nothing before it, so that `z` never surprises. */
import { type App, ask, tell } from './app.ts';

/** Something was done and is told. `undo` null: it cannot be taken back, and neither can what was done before it. */
export function did(
  app: App,
  { said, what, undo }: { readonly said: string; readonly what: string; readonly undo: (() => void) | null },
): void {
  tell(app, 'good', undo ? `${said}; z to undo` : said);
  note(app, what, undo);
}

/** Something was done; the last message tells it. `what` reads after "Taken back:". */
export function note(app: App, what: string, undo: (() => void) | null): void {
  const told = app.store.getState().messages[0] ?? null;
  if (undo === null) app.undo.length = 0;
  app.undo.push({ what, run: undo, told });
}

/** At once where the last message says what that will be; else it asks. */
export function undoLast(app: App): void {
  const last = app.undo.at(-1);
  if (last === undefined) tell(app, 'info', 'There is nothing to take back: nothing was done here');
  else if (last.run === null) tell(app, 'info', `What was done last cannot be taken back: ${last.what}`);
  else if (last.told !== null && last.told === app.store.getState().messages[0]) takeBack(app);
  else
    ask(app, {
      title: `Take this back? ${last.what}`,
      lines: ['It is the last thing done here that still stands.'],
      danger: false,
      run: () => takeBack(app),
    });
}

function takeBack(app: App): void {
  const last = app.undo.pop();
  if (!last?.run) return;
  const before = app.store.getState().notice;
  last.run();
  const { notice } = app.store.getState();
  if (notice === before || notice?.kind !== 'bad') tell(app, 'info', `Taken back: ${last.what}`);
}
