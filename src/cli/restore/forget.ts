/** What `btrfleet restore forget` does: it tries once more, shows what is known, asks, and lets nobody ask for it again. */
import { type Fault, fault } from '../../core/model/fault.ts';
import type { RestoreReport } from '../../core/model/runs/restore.ts';
import { type UnsettledRestore, unsettledRestores } from '../../core/run/restore/unsettled.ts';
import { runHere } from '../../core/run/run-here.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import type { ActionContext } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { runNow } from '../frame/run-now.ts';
import { wholeNumber } from '../frame/whole-number.ts';

export async function restoreForget(
  context: ActionContext,
  text: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const run = wholeNumber(text, 1);
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  const open = unsettledRestores(fleet.journal).find(({ id }) => id === run);
  if (!open) return out.fault(notOpen(text));
  const { id, request } = open;
  const { report } = await runHere(fleet, { ...request, settles: id }, { signal });
  if (report.kind === 'restore' && report.outcome !== 'unknown') {
    out.result(report, `Restore ${id} came to its end now, so there is nothing to forget: ${report.outcome}`);
    if (report.fault) out.note(formatFault(report.fault));
    return 0;
  }
  const why = report.kind === 'fault' || report.kind === 'restore' ? report.fault : null;
  const refused = await confirm(question(open, why), yes, signal);
  if (refused) return out.fault(refused);
  return runNow(context, { ...request, settles: id, forgets: true }, (told) => {
    out.result(told, forgottenText(told));
    return 0;
  });
}

const question = ({ id, request }: UnsettledRestore, why: Fault | null): string =>
  [
    `Restore ${id} of ${formatName(request.subvolume)} on ${request.server} was cut off, and what came of it is not known.`,
    ...(why ? [formatFault(why)] : []),
    'Forget it: btrfleet does not try any more to bring it to its end. Nothing is changed on any server.',
  ].join('\n');

const forgottenText = ({ fault: why }: RestoreReport): string =>
  why ? `${formatName(why.message)}\n${formatName(why.hint)}` : '';

const notOpen = (text: string): Fault =>
  fault(
    'refused',
    `Run ${text} is no restore that was cut off and not brought to its end.`,
    '"btrfleet health" tells of those that there are.',
  );
