/**
 * Decides what a key may do that came among others, faster than a hand types: move and open, but change nothing without
 * a question, for it may be text that was pasted without brackets, or a key that a slow line held up.
 */
import { type App, ask, tell } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import { type Action, keyLabel, whyBlocked } from './actions.ts';

/** Does it where a hand has pressed the key that is handled now; else the other thing. */
export function byHand(app: App, act: () => void, otherwise: () => void): void {
  app.deps.typing.whenKnown((isBurst) => {
    if (isBurst) otherwise();
    else act();
    app.shown.flush();
  });
}

/** Why a question or a button left the key alone: said once, however many of them come. */
export function tellBurst(app: App, head: string): void {
  const text = `${head}: the key came faster than a hand types; press it once more`;
  if (app.store.getState().notice?.text !== text) tell(app, 'warn', text);
}

/** Does it, or says why not. */
export function runAction(app: App, action: Action): void {
  const why = whyBlocked(action, app.store.getState());
  if (why !== undefined) tell(app, 'warn', `${action.label}: ${why}`);
  else if (action.leaves || (action.changes && !action.asks))
    byHand(
      app,
      () => action.run(app),
      () => askFirst(app, action),
    );
  else action.run(app);
}

function askFirst(app: App, action: Action): void {
  const before = app.store.getState();
  ask(app, {
    title: `${action.label}: do it?`,
    lines: [
      `${keyLabel(action.keys[0] ?? '')}: ${action.help}.`,
      'It asks as the key came faster than a hand types: was text pasted?',
    ],
    danger: false,
    isHarmless: !action.changes,
    run: () => {
      const state = app.store.getState();
      const why = whyBlocked(action, state) ?? whyMoved(before, state);
      if (why === undefined) action.run(app);
      else tell(app, 'warn', `${action.label}: ${why}`);
    },
  });
}

/** What an action is about is what is marked, else what the cursor stands on. Before its first frame a list has no cursor. */
function whyMoved(before: AppState, { lists, subvolume }: AppState): string | undefined {
  const stands = Object.entries(before.lists).every(
    ([id, { cursor, marks }]) =>
      (cursor === null || cursor === lists[id]?.cursor) && marks === lists[id]?.marks,
  );
  return stands && subvolume === before.subvolume
    ? undefined
    : 'what it is about has changed meanwhile, so nothing was done';
}
