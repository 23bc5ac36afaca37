/** What the screen asks before a change after which clean-up may delete more than before. Core says what that is. */
import {
  LOSES_NOTHING,
  type LostProtection,
  lostText,
  type ProtectionChange,
} from '../core/model/automation/protection.ts';
import { knownLoss } from '../core/run/deletion/lost-protection.ts';
import { type App, ask } from './app.ts';

/** Lines for a question, and what must be typed to answer it; null: `y` is enough. */
export interface LossLines {
  readonly lines: readonly string[];
  readonly mustType: string | null;
  /** Nothing is lost, and that is known. */
  readonly isNone: boolean;
}

/** `places`: only of these, as people write them. */
export function lossLines(
  app: App,
  changes: readonly ProtectionChange[],
  places: readonly string[] | null = null,
): LossLines {
  const known = knownLoss(app.deps.fleet, changes);
  if (!known.ok) return { lines: [known.fault.message], mustType: null, isNone: false };
  const isMeant = ({ where }: { readonly where: string }): boolean => places?.includes(where) ?? true;
  const { snapshots, unknown }: LostProtection = {
    snapshots: known.value.snapshots.filter(isMeant),
    unknown: known.value.unknown.filter(isMeant),
  };
  const lines = lostText({ snapshots, unknown });
  if (lines.length === 0) return { lines: [LOSES_NOTHING], mustType: null, isNone: true };
  return { lines, mustType: snapshots.length > 0 ? String(snapshots.length) : null, isNone: false };
}

/** `go` is called at once where nothing is lost. */
export function askAboutLoss(app: App, title: string, loss: LossLines, go: () => void): void {
  const { lines, mustType, isNone } = loss;
  if (isNone) go();
  else ask(app, { title, lines, mustType, back: app.store.getState().overlay, run: go });
}
