/** What `btrfleet verify` does: it chooses what is compared, has it compared, and tells how far each replica is proven. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { PROOF_LEVELS } from '../../core/model/runs/target-result.ts';
import type { VerifyWish } from '../../core/model/runs/verify.ts';
import { parseTargets } from '../../core/model/target.ts';
import { planVerification } from '../../core/run/verify/plan.ts';
import type { ExitCode } from '../../process/output.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { verifyLines } from '../../text/verify.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';
import { wholeNumber } from '../frame/whole-number.ts';

interface VerifyOptions {
  readonly to?: readonly string[];
  readonly snapshot?: string;
  readonly level?: string;
  readonly share?: string;
  readonly budget?: string;
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
    runNow(context, request, (report) => {
      out.result(report.results, verifyLines(report).join('\n'));
      return exitCodeOf(report);
    }),
  );
}

function wishOf(subvolume: string, options: VerifyOptions): Result<VerifyWish> {
  const { snapshot = null, to, budget } = options;
  const level = PROOF_LEVELS.find((one) => one === (options.level ?? 'metadata'));
  if (level === undefined)
    return failed(usage('--level', options.level ?? '', `It is one of ${PROOF_LEVELS.join(', ')}.`));
  const share = options.share === undefined ? null : shareOf(options.share);
  if (share !== null && (Number.isNaN(share) || level !== 'content'))
    return failed(usage('--share', options.share ?? '', 'For example --level content --share 1/30.'));
  const budgetSeconds = budget === undefined ? null : parseDuration(budget);
  if (budget !== undefined && !budgetSeconds)
    return failed(usage('--budget', budget, 'For example --budget 10m.'));
  const targets = to === undefined ? ok(null) : parseTargets(to);
  if (!targets.ok) return targets;
  return ok({ subvolume, to: targets.value, snapshot, level, share, budgetSeconds });
}

/** NaN: it is no share. All of it is one. */
function shareOf(text: string): number {
  const [, parts = ''] = /^1\/(.*)$/.exec(text) ?? [];
  return wholeNumber(parts, 1, 10_000) ?? Number.NaN;
}

const usage = (option: string, text: string, hint: string): Fault =>
  fault('usage', `${option} ${text} is not known.`, hint);
