/** What `btrfleet verify` does: it chooses what is compared, has it compared, and tells how far each replica is proven. */
import { ok, type Result } from '../../core/model/result.ts';
import type { RequestOf } from '../../core/model/runs/run.ts';
import type { VerifyWish } from '../../core/model/runs/verify.ts';
import { parseTargets } from '../../core/model/target.ts';
import { planVerification } from '../../core/run/verify/plan.ts';
import type { ExitCode } from '../../process/output.ts';
import { verifyLines } from '../../text/verify.ts';
import { type ComparedOptions, howFar } from '../choices/compared.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';

interface VerifyOptions extends ComparedOptions {
  readonly to?: readonly string[];
  readonly snapshot?: string;
}

export async function verify(
  context: ActionContext,
  subvolume: string,
  options: VerifyOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const wish = wishOf(subvolume, options);
  if (!wish.ok) return out.fault(wish.fault);
  return tell(out, await planVerification(fleet, wish.value, signal), (request) =>
    runVerification(context, request),
  );
}

/** Runs it and tells what came of each replica. `item`: of automation, that it counts for. */
export const runVerification = (
  context: ActionContext,
  request: RequestOf<'verify'>,
  item: string | null = null,
): Promise<ExitCode> =>
  runNow(
    context,
    request,
    (report) => {
      context.out.result(report.results, verifyLines(report).join('\n'));
      return exitCodeOf(report);
    },
    item,
  );

function wishOf(subvolume: string, options: VerifyOptions): Result<VerifyWish> {
  const { snapshot = null, to } = options;
  const how = howFar(options);
  if (!how.ok) return how;
  const targets = to === undefined ? ok(null) : parseTargets(to);
  return targets.ok ? ok({ subvolume, to: targets.value, snapshot, ...how.value }) : targets;
}
