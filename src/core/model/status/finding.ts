/** What somebody should know, as facts alone: its words, and where it is mended, are src/text/words/finding.ts's. */
import type { ItemRecord } from '../automation/automation.ts';
import type { Fault } from '../fault.ts';
import type { Doubt } from '../inventory.ts';

/** The worst first. All other scales are tables over this one. */
export const LEVELS = ['failed', 'degraded', 'unknown', 'note'] as const;
/** `unknown`: it could not be checked. `note`: worth telling, and it changes no verdict. */
export type Level = (typeof LEVELS)[number];

/** In the order they were found where the level is the same. */
export const worstFirst = <T extends { readonly level: Level }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));

/** How the same is told in two steps, as alarms and warnings of disks have it. */
export type Urgency = 'warning' | 'bad';
export const URGENCY = {
  failed: 'bad',
  degraded: 'bad',
  unknown: 'warning',
  note: 'warning',
} as const satisfies Readonly<Record<Level, Urgency>>;

/** What a finding is about. */
export interface Subject {
  /** Path on the primary; null: it is about no subvolume in particular. */
  readonly subvolume: string | null;
  /** As a target or a server is named; null: it is about all of them. */
  readonly where: string | null;
}

/** How a replica comes to where it should be: by its task, by hand, or by the tool that made the snapshot. */
export type Sending =
  | { readonly by: 'task'; readonly task: string }
  /** `snapshot` null: the newest. */
  | { readonly by: 'hand'; readonly to: string; readonly snapshot: string | null }
  | { readonly by: 'others' };

/** Whether anything brings the newest. */
export type Coming =
  | { readonly kind: 'running' | 'due'; readonly task: string }
  | { readonly kind: 'at'; readonly task: string; readonly at: string }
  | { readonly kind: 'never' };

export interface Missing {
  /** The newest moment that is there, ISO 8601 UTC, and its age in seconds; null: none is. */
  readonly restorePoint: string | null;
  readonly ageSeconds: number | null;
}

/** A fault whose words say all there is to say. */
type Said = { readonly fault: Pick<Fault, 'message' | 'hint'> };

/** What is told with each code. Moments are ISO 8601 UTC, ages and spans seconds; a task is its name. */
export interface FindingFacts {
  // The subvolume on the primary.
  unchecked: { readonly fault: Fault | null; readonly seenAt: string | null };
  'subvolume-gone': object;
  'no-snapshot': object;
  'not-on-primary': { readonly snapshot: string; readonly status: 'missing' | 'modified' | 'partial' };
  'identity-unproven': Said;
  'out-of-reach': Said;
  nested: Said;
  'dated-ahead': { readonly first: string; readonly others: number };
  /** `task`: which makes its snapshots; null: a policy does. */
  'snapshots-overdue': { readonly ageSeconds: number; readonly task: string | null };
  foreign: { readonly made: number; readonly there: readonly { where: string; count: number }[] };

  // All of its replicas. `what`: the snapshot that was named, else the subvolume.
  'no-replica': { readonly what: string; readonly sending: Sending };
  'no-replica-known': { readonly what: string; readonly open: readonly string[]; readonly sending: Sending };
  'no-other-server': { readonly what: string; readonly primary: string };

  // One of its replicas.
  'replica-gone': {
    readonly path: string;
    readonly goneAt: string;
    readonly isRunning: boolean;
    readonly sending: Sending;
  };
  'not-there': { readonly snapshot: string; readonly sending: Sending };
  /** The last round of the task had it there. */
  'not-there-any-more': {
    readonly snapshot: string;
    readonly task: string;
    readonly isRunning: boolean;
    readonly sending: Sending;
  };
  /** No task brings it there. */
  'newest-missing': Missing & { readonly sending: Sending };
  late: Missing & { readonly task: string; readonly isRunning: boolean };
  'to-come': Missing & { readonly task: string; readonly coming: Coming };
  /** `here`: one of them that the primary still has. */
  'older-gone': {
    readonly names: readonly string[];
    readonly goneAt: string;
    readonly here: string | null;
    readonly primary: string;
  };
  'disk-away': { readonly ageSeconds: number | null; readonly fault: Fault | null };
  'half-there': { readonly what: string; readonly isComing: boolean; readonly sending: Sending };
  changed: {
    readonly path: string;
    readonly readOnly: boolean;
    readonly doubt: Doubt | null;
    readonly primary: string;
  };
  'more-changed': { readonly count: number };

  // A task and one of its targets.
  'rpo-breached': {
    readonly task: string;
    readonly rpoSeconds: number;
    /** Null: everything. */
    readonly wouldLoseSeconds: number | null;
    readonly restorePoint: string | null;
    /** Null: not told. */
    readonly primary: string | null;
  };
  'rpo-unknown': { readonly task: string; readonly rpoSeconds: number; readonly restorePoint: string | null };
  'left-alone': { readonly task: string; readonly failures: number; readonly fault: Fault | null };
  'round-failed': { readonly task: string; readonly fault: Fault | null };
  'target-fails': { readonly task: string; readonly failures: number; readonly fault: Fault | null };
  suspended: { readonly task: string };
  'group-incomplete': {
    readonly task: string;
    readonly snapshot: string;
    readonly missing: readonly string[];
  };

  // The fleet, its servers and disks.
  'no-servers': object;
  /** Which subvolumes there are is not known. */
  'fleet-unknown': Said & { readonly primary: string | null };
  'nothing-looked-after': object;
  'nothing-replicated': object;
  /** `tasks`: those that send there. */
  'server-unseen': {
    readonly fault: Fault | null;
    readonly seenAt: string | null;
    readonly ageSeconds: number | null;
    readonly tasks: readonly string[];
  };
  unattended: { readonly subvolumes: readonly string[]; readonly primary: string | null };
  /** Warnings of one kind about one disk. */
  storage: {
    readonly server: string;
    readonly mount: string;
    readonly kind: string;
    readonly messages: readonly string[];
    readonly hint: string;
  };
  'storage-unchecked': { readonly faults: readonly [Fault, ...Fault[]] };
  /** Nobody has looked at these disks yet. */
  'storage-never': { readonly disks: readonly [string, ...string[]] };

  // Automation.
  configuration: Said;
  'no-scheduler': { readonly late: number };
  /** `item` as the journal names it: `snapshot:/data`. */
  'item-failed': { readonly item: string; readonly last: NonNullable<ItemRecord['last']> };
  'item-never-due': { readonly item: string; readonly fault: Fault };
  'transfer-still': { readonly run: number; readonly seconds: number };
}

/** The closed list of what may be found. */
export type FindingCode = keyof FindingFacts;

/** One thing somebody should know: what it is about, how bad it is, and the facts that its code calls for. */
export type Finding<C extends FindingCode = FindingCode> = {
  [K in C]: {
    readonly code: K;
    readonly level: Level;
    readonly subject: Subject;
    readonly facts: FindingFacts[K];
  };
}[C];

/** `where` and `subvolume` left out: it is about none in particular. */
export const finding = <C extends FindingCode>(
  code: C,
  level: Level,
  { subvolume = null, where = null }: Partial<Subject>,
  facts: FindingFacts[C],
) => ({ code, level, subject: { subvolume, where }, facts }) as Finding<C>;
