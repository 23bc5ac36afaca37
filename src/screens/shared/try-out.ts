/** Offers simulated servers where there is no real one yet. */
import type { Action } from '../keys/actions.ts';

export const tryOut: Action = {
  id: 'try-out',
  keys: ['T'],
  label: 'try it out',
  help: 'Try everything on simulated servers; nothing real is touched',
  leaves: true,
  run: (app) => app.deps.tryOut(),
};
