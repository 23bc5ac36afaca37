/**
 * Changes what automation does to subvolumes: one policy of each kind for each. Command line and screen both change
 * policies through here. It connects to nothing and runs nothing; that the subvolume is there is settled before.
 */
import { type Item, itemKey, policyKey } from '../../model/automation/automation.ts';
import { type Fault, fault } from '../../model/fault.ts';
import {
  type Hook,
  POLICY_KINDS,
  type PolicyKind,
  type RetentionPolicy,
  type SnapshotHooks,
  type SnapshotPolicy,
} from '../../model/policy.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type NextStep, nextStep } from '../../plan/automation/due.ts';
import { checkRetentionRules } from '../../plan/retention/rules.ts';
import { checkSchedule } from '../../plan/time/schedule.ts';
import type { Config } from '../../state/config/schema.ts';
import type { LastRun } from '../../state/journal/automation.ts';
import type { Fleet } from '../ground/fleet.ts';
import { knownPath } from '../looks/settle-subvolumes.ts';
import { changeAutomation } from './change-automation.ts';

/** A policy with its kind; it is an item of automation, enabled or not. */
export type PolicyItem = Extract<Item, { readonly kind: PolicyKind }>;

export interface SetPolicy<Policy> {
  readonly policy: Policy;
  /** What it replaced; null: there was none. */
  readonly before: Policy | null;
}

/** Replaces the one there is. Faults: `usage` (a schedule or a time limit that is none), config-invalid. */
export function setSnapshotPolicy(fleet: Fleet, policy: SnapshotPolicy): Result<SetPolicy<SnapshotPolicy>> {
  const schedule = checkSchedule(policy.schedule);
  if (!schedule.ok) return schedule;
  const wrong = wrongHook(policy.hooks);
  if (wrong) return failed(wrong);
  const wanted = { ...policy, schedule: schedule.value };
  let before: SnapshotPolicy | null = null;
  const changed = changeAutomation(fleet, (config) => {
    before = ofSubvolume(config.snapshotPolicies, policy.subvolume);
    if (before === null) fleet.journal.forgetItem(policyKey('snapshot', policy.subvolume));
    return ok({ ...config, snapshotPolicies: replaced(config.snapshotPolicies, wanted) });
  });
  return changed.ok ? ok({ policy: wanted, before }) : changed;
}

/** Replaces the one there is. Faults: `usage`, `refused` (rules that keep nothing), config-invalid. */
export function setRetentionPolicy(
  fleet: Fleet,
  policy: RetentionPolicy,
): Result<SetPolicy<RetentionPolicy>> {
  const schedule = checkSchedule(policy.schedule);
  if (!schedule.ok) return schedule;
  const rules = checkRetentionRules(policy.rules);
  if (!rules.ok) return rules;
  const wanted = { ...policy, schedule: schedule.value };
  let before: RetentionPolicy | null = null;
  const changed = changeAutomation(fleet, (config) => {
    before = ofSubvolume(config.retentionPolicies, policy.subvolume);
    if (before === null) fleet.journal.forgetItem(policyKey('retention', policy.subvolume));
    return ok({ ...config, retentionPolicies: replaced(config.retentionPolicies, wanted) });
  });
  return changed.ok ? ok({ policy: wanted, before }) : changed;
}

export interface PolicyChange {
  readonly item: PolicyItem;
  /** False: it was so already. */
  readonly changed: boolean;
}

/** Faults: no-such-policy, config-invalid. */
export function enablePolicy(
  fleet: Fleet,
  kind: PolicyKind,
  subvolume: string,
  enabled: boolean,
): Result<PolicyChange> {
  return changePolicy(fleet, kind, subvolume, (item) => withEnabled(item, enabled));
}

/** Nothing on any server is touched. Faults: no-such-policy, config-invalid. */
export function removePolicy(fleet: Fleet, kind: PolicyKind, subvolume: string): Result<PolicyItem> {
  const removed = changePolicy(fleet, kind, subvolume, () => null);
  return removed.ok ? ok(removed.value.item) : removed;
}

type Of<Kind extends PolicyKind> = Extract<PolicyItem, { readonly kind: Kind }>;

/** Faults: no-such-policy, config-invalid. */
export function policyNamed<Kind extends PolicyKind>(
  fleet: Fleet,
  kind: Kind,
  subvolume: string,
): Result<Of<Kind>> {
  const read = fleet.config.read();
  return read.ok ? findPolicy(read.value.config, kind, subvolume, knownPath(fleet, subvolume)) : read;
}

export interface PolicyStatus {
  readonly item: PolicyItem;
  /** By whomever it was asked for; null: there is none in the journal. */
  readonly lastRun: LastRun | null;
  /** Null: it is disabled. */
  readonly next: NextStep | null;
}

/** By subvolume, the snapshot policy before the retention policy. Fault: config-invalid. */
export function listPolicies(fleet: Fleet): Result<PolicyStatus[]> {
  const read = fleet.config.read();
  return read.ok ? ok(statusesOf(fleet, read.value.config, policiesOf(read.value.config))) : read;
}

/** How one stands that was just read or set. Fault: config-invalid. */
export function policyStatus(fleet: Fleet, item: PolicyItem): Result<PolicyStatus> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const [status] = statusesOf(fleet, read.value.config, [item]);
  if (!status) throw new Error('one policy was looked at and none came back');
  return ok(status);
}

function statusesOf(
  { journal, clock }: Fleet,
  { preferences: { jitterSeconds } }: Config,
  items: readonly PolicyItem[],
): PolicyStatus[] {
  const memories = new Map(journal.itemMemories().map((memory) => [memory.item, memory]));
  return items.map((item) => {
    const key = itemKey(item);
    const memory = memories.get(key) ?? null;
    const step = nextStep({ item, memory, now: clock.now(), jitterSeconds });
    return { item, lastRun: journal.lastRunOf(key), next: item.policy.enabled ? step : null };
  });
}

function policiesOf({ snapshotPolicies, retentionPolicies }: Config): PolicyItem[] {
  const all: PolicyItem[] = [
    ...snapshotPolicies.map((policy) => ({ kind: 'snapshot', policy }) as const),
    ...retentionPolicies.map((policy) => ({ kind: 'retention', policy }) as const),
  ];
  const order = ({ kind, policy }: PolicyItem): string =>
    `${policy.subvolume}\0${POLICY_KINDS.indexOf(kind)}`;
  return all.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** `change`: null takes it away. */
function changePolicy(
  fleet: Fleet,
  kind: PolicyKind,
  subvolume: string,
  change: (item: PolicyItem) => PolicyItem | null,
): Result<PolicyChange> {
  // Before the lock on the configuration, under which nothing slow is done; a name that fits needs no look.
  const path = policyOf(fleet, kind, subvolume) ? subvolume : knownPath(fleet, subvolume);
  let done: PolicyChange | null = null;
  const changed = changeAutomation(fleet, (config) => {
    const found = findPolicy(config, kind, subvolume, path);
    if (!found.ok) return found;
    const next = change(found.value);
    done = { item: next ?? found.value, changed: next?.policy.enabled !== found.value.policy.enabled };
    return ok(withPolicy(config, found.value, next));
  });
  if (!changed.ok) return changed;
  if (done === null) throw new Error('a policy was changed and nothing was seen of it');
  return ok(done);
}

/** By its very name. */
function policyOf(fleet: Fleet, kind: PolicyKind, subvolume: string): PolicyItem | null {
  const read = fleet.config.read();
  const all = read.ok ? policiesOf(read.value.config) : [];
  return all.find((item) => item.kind === kind && item.policy.subvolume === subvolume) ?? null;
}

const withEnabled = (item: PolicyItem, enabled: boolean): PolicyItem =>
  item.kind === 'snapshot'
    ? { kind: 'snapshot', policy: { ...item.policy, enabled } }
    : { kind: 'retention', policy: { ...item.policy, enabled } };

/** In its place: a configuration that is kept in version control shows only what changed. */
function withPolicy(
  config: Config,
  { kind, policy: { subvolume } }: PolicyItem,
  next: PolicyItem | null,
): Config {
  const swap = <Policy extends { readonly subvolume: string }>(
    policies: readonly Policy[],
    policy: Policy | null,
  ): Policy[] => policies.flatMap((one) => (one.subvolume === subvolume ? (policy ?? []) : one));
  return kind === 'snapshot'
    ? { ...config, snapshotPolicies: swap(config.snapshotPolicies, next?.kind === kind ? next.policy : null) }
    : {
        ...config,
        retentionPolicies: swap(config.retentionPolicies, next?.kind === 'retention' ? next.policy : null),
      };
}

/** As it was typed, or by the path it is known by. */
function findPolicy<Kind extends PolicyKind>(
  config: Config,
  kind: Kind,
  subvolume: string,
  path: string,
): Result<Of<Kind>> {
  const all = policiesOf(config);
  const mine = all.filter((item): item is Of<Kind> => item.kind === kind);
  const named = (wanted: string) => mine.find(({ policy }) => policy.subvolume === wanted);
  const found = named(subvolume) ?? named(path);
  return found ? ok(found) : failed(noSuchPolicy(kind, path, all));
}

const ofSubvolume = <Policy extends { readonly subvolume: string }>(
  policies: readonly Policy[],
  subvolume: string,
): Policy | null => policies.find((one) => one.subvolume === subvolume) ?? null;

function replaced<Policy extends { readonly subvolume: string }>(
  policies: readonly Policy[],
  policy: Policy,
): Policy[] {
  const isNew = ofSubvolume(policies, policy.subvolume) === null;
  return isNew
    ? [...policies, policy]
    : policies.map((one) => (one.subvolume === policy.subvolume ? policy : one));
}

function wrongHook({ before, after }: SnapshotHooks): Fault | null {
  const named: readonly (readonly [string, Hook | null])[] = [
    ['before', before],
    ['after', after],
  ];
  for (const [when, hook] of named) {
    if (hook === null) continue;
    if (!/\S/.test(hook.command) || hook.command.includes('\0')) return noCommand(when);
    const { timeoutSeconds } = hook;
    if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 3600) {
      return badTimeout(when, timeoutSeconds);
    }
  }
  return null;
}

const noCommand = (when: string): Fault =>
  fault(
    'usage',
    `The command ${when} the snapshot is empty.`,
    'Give a command of the server\'s shell, for example "systemctl stop myapp".',
  );

const badTimeout = (when: string, seconds: number): Fault =>
  fault(
    'usage',
    `${seconds} seconds is no time limit for the command ${when} the snapshot.`,
    'Give from 1 second to 1 hour, for example 60 or 5m.',
  );

/** Most that are named in a hint; with more, the list does it. */
const NAMED = 8;

function noSuchPolicy(kind: PolicyKind, subvolume: string, all: readonly PolicyItem[]): Fault {
  const names = all.map((item) => `${item.kind} ${item.policy.subvolume}`);
  const there =
    names.length > NAMED ? '"btrfleet policy list" shows what there is.' : `There are: ${names.join(', ')}.`;
  return fault(
    'no-such-policy',
    `${subvolume} has no ${kind} policy.`,
    names.length === 0
      ? `There is none at all yet; "btrfleet policy set ${kind} --help" says how to make one.`
      : there,
  );
}
