/** What `btrfleet policy list|enable|disable|remove|run` do: they call core and tell what came of it. */
import { policyKey } from '../../core/model/automation/automation.ts';
import type { ProtectionChange } from '../../core/model/automation/protection.ts';
import type { PolicyKind } from '../../core/model/policy.ts';
import { snapshotByHand } from '../../core/model/runs/snapshot.ts';
import { hooksOf } from '../../core/plan/automation/due.ts';
import {
  enablePolicy,
  listPolicies,
  type PolicyItem,
  policyNamed,
  policyStatus,
  removePolicy,
} from '../../core/run/settings/policies.ts';
import type { ExitCode } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { noteScheduler } from '../choices/scheduler-note.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { confirmLoss } from '../frame/confirm-loss.ts';
import { makeSnapshots } from '../snapshot/actions.ts';
import { cleanUpBy } from '../snapshot/cleanup.ts';
import { dueText, policyRow, policyTable } from './row.ts';

export function policyList(context: ActionContext): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, listPolicies(fleet), (statuses) => {
    const now = fleet.clock.now();
    out.result(
      statuses.map((status) => policyRow(status, now)),
      statuses.length === 0 ? NONE : policyTable(statuses, now),
    );
    if (statuses.some(({ item }) => item.policy.enabled)) noteScheduler(context);
    return 0;
  });
}

const NONE = 'There are no policies. Make one: btrfleet policy set snapshot SUBVOLUME --every 1h';

export async function policyEnable(
  context: ActionContext,
  kind: PolicyKind,
  path: string,
  enabled: boolean,
  yes?: boolean,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const named = policyNamed(fleet, kind, path);
  if (!named.ok) return out.fault(named.fault);
  const asked = await confirmLoss(context, changesOf(named.value, enabled), { yes, isNew: enabled });
  if (!asked.allowed) return asked.code;
  return tell(out, enablePolicy(fleet, kind, path, enabled), ({ item, changed }) =>
    tell(out, policyStatus(fleet, item), (status) => {
      const word = enabled ? 'enabled' : 'disabled';
      out.result(
        { ...policyRow(status, fleet.clock.now()), changed, losing: asked.losing },
        `The ${nameOf(item)} ${changed ? `is ${word}` : `was ${word} already`}`,
      );
      const due = changed ? dueText(status.next, 'next') : null;
      if (due !== null) out.note(due);
      if (enabled) noteScheduler(context);
      return 0;
    }),
  );
}

/** Only retention can delete anything. */
const changesOf = ({ kind, policy }: PolicyItem, enabled: boolean): ProtectionChange[] =>
  kind === 'retention' ? [{ kind, subvolume: policy.subvolume, policy: { ...policy, enabled } }] : [];

export function policyRemove(context: ActionContext, kind: PolicyKind, path: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, removePolicy(fleet, kind, path), (item) =>
    tell(out, policyStatus(fleet, item), (status) => {
      const row = policyRow(status, fleet.clock.now());
      out.result({ ...row, nextRun: null }, `The ${nameOf(item)} is removed; its snapshots stay as they are`);
      return 0;
    }),
  );
}

export async function policyRunSnapshot(context: ActionContext, path: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, policyNamed(fleet, 'snapshot', path), ({ policy }) => {
    const { subvolume } = policy;
    const request = { ...snapshotByHand([subvolume]), hooks: hooksOf(policy) };
    return makeSnapshots(context, request, policyKey('snapshot', subvolume));
  });
}

export async function policyRunRetention(
  context: ActionContext,
  path: string,
  options: { readonly yes?: boolean; readonly dryRun?: boolean },
): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, policyNamed(fleet, 'retention', path), ({ policy }) => {
    const { subvolume, rules } = policy;
    return cleanUpBy(context, { subvolume, server: null, rules }, options, policyKey('retention', subvolume));
  });
}

const nameOf = ({ kind, policy }: PolicyItem): string => `${kind} policy of ${formatName(policy.subvolume)}`;
