/** Asks before a change after which clean-up may delete more than before, and tells which snapshots that are. */
import {
  LOSES_NOTHING,
  type LostProtection,
  lostText,
  type ProtectionChange,
} from '../../core/model/automation/protection.ts';
import { reasonText } from '../../core/model/retention.ts';
import { seenLoss } from '../../core/run/deletion/lost-protection.ts';
import type { ExitCode } from '../../process/output.ts';
import type { ActionContext } from './action.ts';
import { confirm } from './ask.ts';

/** As `--json` has it. */
export type LostRow = ReturnType<typeof lostRow>;

export type Allowed =
  | { readonly allowed: true; readonly losing: LostRow }
  /** It was refused, and that was told. */
  | { readonly allowed: false; readonly code: ExitCode };

interface Asking {
  /** Asked in any case, with what is lost below it. Default: it is asked only where something is, or may be. */
  readonly question?: string;
  readonly yes?: boolean | undefined;
  /** What is not known is told and not asked about: the change begins something new, and takes nothing away. */
  readonly isNew?: boolean;
}

export async function confirmLoss(
  { fleet, out, signal }: ActionContext,
  changes: readonly ProtectionChange[],
  { question, yes = false, isNew = false }: Asking,
): Promise<Allowed> {
  const loss = await seenLoss(fleet, changes, signal);
  if (!loss.ok) return { allowed: false, code: out.fault(loss.fault) };
  const losing = lostRow(loss.value);
  const lines = lostText(loss.value);
  const isAsked = question !== undefined || (isNew ? losing.snapshots.length > 0 : lines.length > 0);
  // Who says yes beforehand is told all the same.
  if (yes || !isAsked) for (const line of lines) out.note(line);
  if (!isAsked) return { allowed: true, losing };
  const said = lines.length === 0 ? [LOSES_NOTHING] : lines;
  const refused = await confirm([question ?? [], ...said].flat().join('\n'), yes, signal);
  return refused ? { allowed: false, code: out.fault(refused, { losing }) } : { allowed: true, losing };
}

const lostRow = ({ snapshots, unknown }: LostProtection) => ({
  snapshots: snapshots.map(({ reasons, ...one }) => ({ ...one, reasons: reasons.map(reasonText) })),
  unknown,
});
