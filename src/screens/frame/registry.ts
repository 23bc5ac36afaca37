/** All actions of the place where the user stands. The first table that has a key decides what it does. */
import type { AppState } from '../../store/state.ts';
import type { Action } from '../keys/actions.ts';
import type { KeyName } from '../keys/keys.ts';
import { listActions } from '../lists/actions.ts';
import { globalActions } from './global-actions.ts';
import { currentPage } from './pages.ts';

const lists = listActions((state) => currentPage(state).list(state));

/** The page's own first, then those of its list, then those that work everywhere. */
export function actionsHere(state: AppState): readonly Action[] {
  const page = currentPage(state);
  return [...page.actions(state), ...(page.list(state) === null ? [] : lists), ...globalActions(state)];
}

export const actionFor = (state: AppState, key: KeyName): Action | undefined =>
  actionsHere(state).find((action) => action.keys.includes(key));
