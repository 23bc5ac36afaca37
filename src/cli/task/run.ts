/** What `btrfleet task run` does: it carries a round out here, in the foreground, and reports each target. */
import type { RunOutcome, TaskReport } from '../../core/model/runs/run.ts';
import { outcomeOf } from '../../core/run/execute.ts';
import { taskNamed } from '../../core/run/settings/tasks.ts';
import type { ExitCode } from '../../process/output.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { runNow } from '../frame/run-now.ts';
import { roundText } from '../run/report.ts';

export function taskRun(context: ActionContext, name: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, taskNamed(fleet, name), ({ enabled, suspended }) => {
    if (!enabled || suspended) {
      out.note(
        `The task ${name} is ${enabled ? 'suspended' : 'disabled'}; this one round is run all the same.`,
      );
    }
    const show = (report: { readonly kind: 'task' } & TaskReport): ExitCode => {
      const { kind: _, ...round } = report;
      out.result(round, roundText(round));
      return EXIT_CODES[outcomeOf(report)];
    };
    return runNow(context, { kind: 'task', task: name, snapshot: true }, show);
  });
}

const EXIT_CODES: Readonly<Record<RunOutcome, ExitCode>> = {
  ok: 0,
  failed: 1,
  cancelled: 130,
  interrupted: 1,
};
