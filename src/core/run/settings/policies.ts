/**
 * Changes what automation does to subvolumes: one policy of each kind for each. Command line and screen both change
 * policies through here. It connects to nothing and runs nothing; that the subvolume is there is settled before.
 */
import { type Item, itemKey } from '../../model/automation/automation.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { type Hook, POLICY_KINDS, type PolicyKind, type SnapshotHooks } from '../../model/policy.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Schedule } from '../../model/schedule.ts';
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

const LISTS = {
  snapshot: 'snapshotPolicies',
  retention: 'retentionPolicies',
  verify: 'verifyPolicies',
} as const satisfies Readonly<Record<PolicyKind, keyof Config>>;

export interface SetPolicy {
  readonly item: PolicyItem;
  /** What it replaced; null: there was none. */
  readonly before: PolicyItem | null;
}

/**
 * Replaces the one there is. Faults: `usage` (a schedule or a time limit that is none), `refused` (rules that keep
 * nothing), config-invalid.
 */
export function setPolicy(fleet: Fleet, wanted: PolicyItem): Result<SetPolicy> {
  const schedule = checkSchedule(wanted.policy.schedule);
  if (!schedule.ok) return schedule;
  const checked = checkOf(wanted);
  if (!checked.ok) return checked;
  const item = withChange(wanted, { schedule: schedule.value });
  const { kind, policy } = item;
  let before: PolicyItem | null = null;
  const changed = changeAutomation(fleet, (config) => {
    before = policiesOf(config).find((one) => isOf(one, kind, policy.subvolume)) ?? null;
    if (before === null) fleet.journal.forgetItem(itemKey(item));
    return ok(withPolicy(config, item, item));
  });
  return changed.ok ? ok({ item, before }) : changed;
}

function checkOf({ kind, policy }: PolicyItem): Result<unknown> {
  switch (kind) {
    case 'snapshot':
      return checkHooks(policy.hooks);
    case 'retention':
      return checkRetentionRules(policy.rules);
    case 'verify':
      return policy.share === null || policy.level === 'content'
        ? ok(undefined)
        : failed(noContent(policy.level));
  }
}

const noContent = (level: string): Fault =>
  fault(
    'usage',
    `A share is one of the content, and ${level} reads none.`,
    'For example --level content --share 1/30.',
  );

const isOf = (item: PolicyItem, kind: PolicyKind, subvolume: string): boolean =>
  item.kind === kind && item.policy.subvolume === subvolume;

const withChange = (item: PolicyItem, change: { schedule?: Schedule; enabled?: boolean }): PolicyItem =>
  ({ kind: item.kind, policy: { ...item.policy, ...change } }) as PolicyItem;

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
  return changePolicy(fleet, kind, subvolume, (item) => withChange(item, { enabled }));
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

function policiesOf({ snapshotPolicies, retentionPolicies, verifyPolicies }: Config): PolicyItem[] {
  const all: PolicyItem[] = [
    ...snapshotPolicies.map((policy) => ({ kind: 'snapshot', policy }) as const),
    ...retentionPolicies.map((policy) => ({ kind: 'retention', policy }) as const),
    ...verifyPolicies.map((policy) => ({ kind: 'verify', policy }) as const),
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
  return all.find((item) => isOf(item, kind, subvolume)) ?? null;
}

/** In its place: a configuration that is kept in version control shows only what changed. `next` null: without it. */
function withPolicy(config: Config, item: PolicyItem, next: PolicyItem | null): Config {
  const list = LISTS[item.kind];
  const policies: readonly PolicyItem['policy'][] = config[list];
  const { subvolume } = item.policy;
  const isThere = policies.some((one) => one.subvolume === subvolume);
  const put = policies.flatMap((one) => (one.subvolume === subvolume ? (next?.policy ?? []) : one));
  return { ...config, [list]: isThere || next === null ? put : [...put, next.policy] };
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

function checkHooks({ before, after }: SnapshotHooks): Result<void> {
  const named: readonly (readonly [string, Hook | null])[] = [
    ['before', before],
    ['after', after],
  ];
  for (const [when, hook] of named) {
    if (hook === null) continue;
    if (!/\S/.test(hook.command) || hook.command.includes('\0')) return failed(noCommand(when));
    const { timeoutSeconds } = hook;
    if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 3600) {
      return failed(badTimeout(when, timeoutSeconds));
    }
  }
  return ok(undefined);
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
