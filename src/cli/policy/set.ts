/** What `btrfleet policy set` does: it reads the options, makes sure of the subvolume, sets the policy, says what changed. */
import { command } from '../../core/model/command-line.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import type { Hook, RetentionPolicy, SnapshotHooks, SnapshotPolicy } from '../../core/model/policy.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { goingBy, keptRows } from '../../core/plan/retention/cleanup.ts';
import { lookAndPlan } from '../../core/run/deletion/plan-cleanup.ts';
import { policyStatus, type SetPolicy, setPolicy } from '../../core/run/settings/policies.ts';
import type { ExitCode } from '../../process/output.ts';
import { managerTimeZone } from '../../process/time-zone.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { retentionRules } from '../choices/retention.ts';
import type { RetentionOptions } from '../choices/retention-options.ts';
import { noteScheduler } from '../choices/scheduler-note.ts';
import { changesText, policySettings } from '../choices/settings-text.ts';
import { settled } from '../choices/settled.ts';
import { scheduleFrom, zoneWithoutCron } from '../choices/when.ts';
import type { WhenOptions } from '../choices/when-options.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { confirmLoss } from '../frame/confirm-loss.ts';
import { cleanUpBy } from '../snapshot/cleanup.ts';
import { dueText, policyRow, policyTable } from './row.ts';

export interface SetRetentionOptions extends WhenOptions, RetentionOptions {
  readonly disabled?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export interface SetSnapshotOptions extends WhenOptions {
  readonly before?: string;
  readonly beforeTimeout?: string;
  readonly beforeRequired?: boolean;
  readonly after?: string;
  readonly afterTimeout?: string;
  readonly disabled?: boolean;
}

export async function policySetSnapshot(
  context: ActionContext,
  path: string,
  options: SetSnapshotOptions,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const schedule = scheduleFrom(options, managerTimeZone());
  if (!schedule.ok) return out.fault(schedule.fault);
  const odd = zoneWithoutCron(options);
  if (odd) return out.fault(odd);
  const hooks = hooksFrom(options);
  if (!hooks.ok) return out.fault(hooks.fault);
  const subvolume = await settled(context, [path]);
  if (!subvolume.ok) return out.fault(subvolume.fault);
  const policy: SnapshotPolicy = {
    subvolume: subvolume.value[0],
    schedule: schedule.value,
    hooks: hooks.value,
    enabled: options.disabled !== true,
  };
  return tell(out, setPolicy(fleet, { kind: 'snapshot', policy }), (set) => tellSet(context, set));
}

export async function policySetRetention(
  context: ActionContext,
  path: string,
  options: SetRetentionOptions,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const rules = retentionRules(options, managerTimeZone());
  if (!rules.ok) return out.fault(rules.fault);
  const schedule = scheduleFrom(options, managerTimeZone());
  if (!schedule.ok) return out.fault(schedule.fault);
  const subvolume = await settled(context, [path]);
  if (!subvolume.ok) return out.fault(subvolume.fault);
  const policy: RetentionPolicy = {
    subvolume: subvolume.value[0],
    rules: rules.value,
    schedule: schedule.value,
    enabled: options.disabled !== true,
  };
  if (options.dryRun) {
    const code = await cleanUpBy(context, { ...policy, server: null }, { dryRun: true });
    if (code === 0) out.note('Nothing was set either.');
    return code;
  }
  const change = { kind: 'retention', subvolume: policy.subvolume, policy } as const;
  const asked = await confirmLoss(context, [change], options);
  if (!asked.allowed) return asked.code;
  // Looked at before it is set: a scheduler at work may begin it the moment it is.
  const now = await whatNow(context, policy);
  if (!now.ok && now.fault.code === 'cancelled') return out.fault(now.fault);
  return tell(out, setPolicy(fleet, { kind: 'retention', policy }), async (set) => {
    const more = { now: now.ok ? now.value : null, losing: asked.losing };
    const code = await tellSet(context, set, more);
    out.note(nowText(policy.subvolume, now));
    return code;
  });
}

/** `more`: what else the document says. */
export function tellSet(
  context: ActionContext,
  { item, before }: SetPolicy,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, policyStatus(fleet, item), (status) => {
    const now = fleet.clock.now();
    out.result({ ...policyRow(status, now), ...more }, policyTable([status], now));
    if (before) {
      const changes = changesText(policySettings(before), policySettings(item));
      out.note(changes.length === 0 ? 'It was so already.' : `Changed: ${changes.join('; ')}`);
    }
    const due = dueText(status.next, before === null ? 'first' : 'next');
    if (due !== null) out.note(due);
    if (item.policy.enabled) noteScheduler(context);
    return 0;
  });
}

interface Now {
  readonly kept: number;
  readonly deleted: number;
}

/** What the policy would do if it were carried out now. */
async function whatNow(
  { fleet, signal }: ActionContext,
  { subvolume, rules }: RetentionPolicy,
): Promise<Result<Now>> {
  const planned = await lookAndPlan(fleet, { subvolume, server: null, rules }, signal);
  if (!planned.ok) return planned;
  const { plan } = planned.value;
  return ok({ kept: keptRows(plan, null).length, deleted: goingBy(plan, null).length });
}

const nowText = (subvolume: string, now: Result<Now>): string =>
  now.ok
    ? `Carried out now, it would keep ${now.value.kept} of its snapshots and delete ${now.value.deleted}. ` +
      `See which, and why: ${command('policy', 'run', 'retention', subvolume, '--dry-run')}`
    : `What it would delete now could not be worked out: ${now.fault.message}`;

/** Seconds for a command, where nobody says. */
const TIMEOUT = '60';

function hooksFrom(options: SetSnapshotOptions): Result<SnapshotHooks> {
  const before = hookFrom('before', options.before, options.beforeTimeout);
  if (!before.ok) return before;
  const after = hookFrom('after', options.after, options.afterTimeout);
  if (!after.ok) return after;
  const required = options.beforeRequired === true;
  if (required && before.value === null) return failed(noCommand('before', '--before-required'));
  return ok({ before: before.value && { ...before.value, required }, after: after.value });
}

function hookFrom(
  when: 'before' | 'after',
  command: string | undefined,
  timeout: string | undefined,
): Result<Hook | null> {
  if (command === undefined) {
    return timeout === undefined ? ok(null) : failed(noCommand(when, `--${when}-timeout`));
  }
  const timeoutSeconds = parseDuration(timeout ?? TIMEOUT);
  if (timeoutSeconds !== null) return ok({ command, timeoutSeconds });
  return failed(
    fault('usage', `--${when}-timeout ${timeout} is no time.`, 'Give seconds, or a unit: 60, 90s, 5m, 1h.'),
  );
}

const noCommand = (when: string, option: string): Fault =>
  fault('usage', `${option} is about a command that is not named.`, `Add --${when} with the command.`);
