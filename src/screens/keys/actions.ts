/**
 * What an action is: a key, a word, what it does, and why it cannot be done now. Dispatch, hint line, help, palette
 * and docs all read the same tables, so they cannot disagree.
 */
import type { App } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import type { KeyName } from './keys.ts';

export interface Action {
  readonly id: string;
  /** The first one is shown. */
  readonly keys: readonly KeyName[];
  /** One word or two, for the hint line. */
  readonly label: string;
  /** A sentence for the help. */
  readonly help: string;
  run(app: App): void;
  /** Why it cannot be done now. */
  blocked?(state: AppState): string | undefined;
  /** It changes something: refused when the screen was opened with --readonly. */
  readonly changes?: boolean;
  /** It opens a form or a question of its own in any case, so that no key alone does it. Default: not in any case. */
  readonly asks?: boolean;
  /** It ends the screen: what is typed after it goes elsewhere, as to the shell. */
  readonly leaves?: boolean;
  /** Not in the hint line. */
  readonly quiet?: boolean;
}

const READ_ONLY = 'opened with --readonly: nothing is changed';

export const whyBlocked = (action: Action, state: AppState): string | undefined =>
  (action.changes ? whyUnchanged(state) : undefined) ?? action.blocked?.(state);

/** Why nothing at all may be changed now. */
export function whyUnchanged({ readOnly, configFault }: AppState): string | undefined {
  return readOnly ? READ_ONLY : configFault?.message;
}

/** How a key is written for people. */
export const keyLabel = (key: KeyName): string =>
  key.replace(/^Ctrl-(.)$/, (_, letter: string) => `Ctrl-${letter.toUpperCase()}`);
