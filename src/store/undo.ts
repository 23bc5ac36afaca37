/** What was done last on this screen, and how it is taken back: that and nothing before it, so that `z` never surprises. */
import { type Act, type App, ask, tell } from './app.ts';

/** Something was done and is told. `undo` null: it cannot be taken back, and neither can what was done before it. */
export function did(
  app: App,
  { said, what, undo }: { readonly said: string; readonly what: string; readonly undo: Act['run'] },
): void {
  tell(app, 'good', undo ? `${said}; z to undo` : said);
  keep(app, { what, run: undo, told: app.store.getState().notice });
}

/** Something was done that is told elsewhere. `what` reads after "Taken back:". */
export const note = (app: App, what: string, undo: Act['run']): void =>
  keep(app, { what, run: undo, told: null });

function keep(app: App, act: Act): void {
  if (act.run === null) app.undo.length = 0;
  app.undo.push(act);
}

/** At once where it still stands on the screen what that will be; else it asks. */
export function undoLast(app: App): void {
  const last = app.undo.at(-1);
  if (last === undefined) tell(app, 'info', 'There is nothing to take back: nothing was done here');
  else if (last.run === null) tell(app, 'info', `What was done last cannot be taken back: ${last.what}`);
  else if (last.told !== null && last.told === app.store.getState().notice) void takeBack(app, last);
  else
    ask(app, {
      title: `Take this back? ${last.what}`,
      lines: ['Of what was done here and can be taken back, it came last.'],
      danger: false,
      run: () => void takeBack(app, last),
    });
}

/** What could not be taken back still stands, and is asked about again. */
async function takeBack(app: App, act: Act): Promise<void> {
  if (app.undo.at(-1) !== act || act.run === null) {
    tell(app, 'warn', 'Nothing was taken back: something else was done meanwhile');
    return;
  }
  app.undo.pop();
  const left = app.undo.length;
  if (await act.run()) tell(app, 'info', `Taken back: ${act.what}`);
  else if (app.undo.length === left) app.undo.push(act);
}
