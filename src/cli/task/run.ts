/** What `btrfleet task run` does: it carries a round out here, in the foreground, and reports each target. */
import type { ReportOf } from '../../core/model/runs/run.ts';
import { taskNamed } from '../../core/run/settings/tasks.ts';
import type { ExitCode } from '../../process/output.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';
import { roundText } from '../run/report.ts';

export function taskRun(context: ActionContext, name: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, taskNamed(fleet, name), ({ enabled, suspended }) => {
    if (!enabled || suspended) {
      out.note(
        `The task ${name} is ${enabled ? 'suspended' : 'disabled'}; this one round is run all the same.`,
      );
    }
    const show = (report: ReportOf<'task'>): ExitCode => {
      const { kind: _, ...round } = report;
      out.result(round, roundText(round));
      return exitCodeOf(report);
    };
    return runNow(context, { kind: 'task', task: name, snapshot: true }, show);
  });
}
