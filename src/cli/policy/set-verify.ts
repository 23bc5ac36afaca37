/** What `btrfleet policy set verify` and `policy run verify` do. */
import { policyKey } from '../../core/model/automation/automation.ts';
import { VERIFY_BUDGET_SECONDS, type VerifyPolicy } from '../../core/model/automation/verify-policy.ts';
import { policyNamed, setPolicy } from '../../core/run/settings/policies.ts';
import type { ExitCode } from '../../process/output.ts';
import { managerTimeZone } from '../../process/time-zone.ts';
import { type ComparedOptions, howFar } from '../choices/compared.ts';
import { settled } from '../choices/settled.ts';
import { scheduleFrom, zoneWithoutCron } from '../choices/when.ts';
import type { WhenOptions } from '../choices/when-options.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { runVerification } from '../verify/actions.ts';
import { tellSet } from './set.ts';

export interface SetVerifyOptions extends WhenOptions, ComparedOptions {
  readonly disabled?: boolean;
}

export async function policySetVerify(
  context: ActionContext,
  path: string,
  options: SetVerifyOptions,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const schedule = scheduleFrom(options, managerTimeZone());
  if (!schedule.ok) return out.fault(schedule.fault);
  const odd = zoneWithoutCron(options);
  if (odd) return out.fault(odd);
  const how = howFar(options);
  if (!how.ok) return out.fault(how.fault);
  const subvolume = await settled(context, [path]);
  if (!subvolume.ok) return out.fault(subvolume.fault);
  const policy: VerifyPolicy = {
    ...how.value,
    subvolume: subvolume.value[0],
    budgetSeconds: how.value.budgetSeconds ?? VERIFY_BUDGET_SECONDS,
    schedule: schedule.value,
    enabled: options.disabled !== true,
  };
  return tell(out, setPolicy(fleet, { kind: 'verify', policy }), (set) => tellSet(context, set));
}

export function policyRunVerify(context: ActionContext, path: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, policyNamed(fleet, 'verify', path), ({ policy }) => {
    const { subvolume, level, share, budgetSeconds } = policy;
    const request = { kind: 'verify', subvolume, level, share, budgetSeconds } as const;
    return runVerification(
      context,
      { ...request, pairs: null, unchosen: [] },
      policyKey('verify', subvolume),
    );
  });
}
