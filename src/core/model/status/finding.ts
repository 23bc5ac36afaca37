/** What somebody should know, as facts alone: its words, and where it is mended, are src/text/words/finding.ts's. */
import type { ItemRecord } from '../automation/automation.ts';
import type { Fault } from '../fault.ts';
import type { Doubt } from '../inventory.ts';
import type { OpenRestore } from '../runs/restore.ts';
import type { ProofLevel } from '../runs/target-result.ts';

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
  /** It is there, and was found different: only another one is sent. */
  | { readonly by: 'new' }
  | { readonly by: 'others' };

/** Whether anything brings the newest. */
export type Coming =
  | { readonly kind: 'running' | 'due'; readonly task: string }
  | { readonly kind: 'at'; readonly task: string; readonly at: string }
  | { readonly kind: 'never' };

export interface Missing {
  /** The newest moment that is there, ISO 8601 UTC, and its age in seconds; null: none is. */
  restorePoint: string | null;
  ageSeconds: number | null;
}

/** A fault whose words say all there is to say. */
type Said = { fault: Pick<Fault, 'message' | 'hint'> };

/** What is told with each code. Moments are ISO 8601 UTC, ages and spans seconds; a task is its name. */
interface Facts {
  // The subvolume on the primary.
  unchecked: { fault: Fault | null; seenAt: string | null };
  'subvolume-gone': object;
  'no-snapshot': object;
  'not-on-primary': { snapshot: string; status: 'missing' | 'modified' | 'partial' };
  'identity-unproven': Said;
  'out-of-reach': Said;
  nested: Said;
  'dated-ahead': { first: string; others: number };
  /** `task`: which makes its snapshots; null: a policy does. */
  'snapshots-overdue': { ageSeconds: number; task: string | null };
  foreign: { made: number; there: readonly { where: string; count: number }[] };

  // All of its replicas. `what`: the snapshot that was named, else the subvolume.
  'no-replica': { what: string; sending: Sending };
  'no-replica-known': { what: string; open: readonly string[]; sending: Sending };
  'no-other-server': { what: string; primary: string };

  // One of its replicas.
  'replica-gone': { path: string; goneAt: string; isRunning: boolean; sending: Sending };
  'not-there': { snapshot: string; sending: Sending };
  /** The last round of the task had it there. */
  'not-there-any-more': { snapshot: string; task: string; isRunning: boolean; sending: Sending };
  /** No task brings it there. */
  'newest-missing': Missing & { sending: Sending };
  late: Missing & { task: string; isRunning: boolean };
  'to-come': Missing & { task: string; coming: Coming };
  /** `here`: one of them that the primary still has. */
  'older-gone': { names: readonly string[]; goneAt: string; here: string | null; primary: string };
  'disk-away': { ageSeconds: number | null; fault: Fault | null };
  'half-there': { what: string; isComing: boolean; sending: Sending };
  /** `heldBytes`: what it alone holds; null: not measured. */
  changed: {
    path: string;
    readOnly: boolean;
    doubt: Doubt | null;
    primary: string;
    heldBytes: number | null;
  };
  'more-changed': { count: number };
  /** `level`: as far as it was compared then. `ageSeconds` null: what is there now never was. */
  'not-proven': { ageSeconds: number | null; level: ProofLevel; share: number | null };

  // A task and one of its targets.
  'rpo-breached': {
    task: string;
    rpoSeconds: number;
    /** Null: everything. */
    wouldLoseSeconds: number | null;
    restorePoint: string | null;
    /** Null: not told. */
    primary: string | null;
  };
  'rpo-unknown': { task: string; rpoSeconds: number; restorePoint: string | null };
  'left-alone': { task: string; failures: number; fault: Fault | null };
  'round-failed': { task: string; fault: Fault | null };
  'target-fails': { task: string; failures: number; fault: Fault | null };
  suspended: { task: string };
  'group-incomplete': { task: string; snapshot: string; missing: readonly string[] };

  // The fleet, its servers and disks.
  'no-servers': object;
  /** Which subvolumes there are is not known. */
  'fleet-unknown': Said & { primary: string | null };
  'nothing-looked-after': object;
  'nothing-replicated': object;
  /** `tasks`: those that send there. */
  'server-unseen': {
    fault: Fault | null;
    seenAt: string | null;
    ageSeconds: number | null;
    tasks: readonly string[];
  };
  unattended: { subvolumes: readonly string[]; primary: string | null };
  /** Warnings of one kind about one disk. */
  storage: { server: string; mount: string; kind: string; messages: readonly string[]; hint: string };
  'storage-unchecked': { faults: readonly [Fault, ...Fault[]] };
  /** Nobody has looked at these disks yet. */
  'storage-never': { disks: readonly [string, ...string[]] };

  // Automation.
  configuration: Said;
  'no-scheduler': { late: number };
  /** `item` as the journal names it: `snapshot:/data`. */
  'item-failed': { item: string; last: NonNullable<ItemRecord['last']> };
  'item-never-due': { item: string; fault: Fault };
  /** A restore that was cut off, as an `OpenRestore` has it. */
  'restore-open': Omit<OpenRestore, 'subvolume' | 'server'>;
  'transfer-still': { run: number; seconds: number };
}

/** The closed list of what may be found. */
export type FindingCode = keyof Facts;

export type FindingFacts = { readonly [C in FindingCode]: Readonly<Facts[C]> };

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
