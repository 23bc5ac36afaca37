/** What automation has to do: items, each with its schedule, and what the journal remembers of each. */
import type { Fault } from '../fault.ts';
import type { PolicyKind, RetentionPolicy, SnapshotPolicy } from '../policy.ts';
import { aboutOf, type Run, type RunState } from '../runs/run.ts';
import type { RunOutcome } from '../runs/spec.ts';
import type { Task } from './task.ts';
import type { VerifyPolicy } from './verify-policy.ts';

export type Item =
  | { readonly kind: 'snapshot'; readonly policy: SnapshotPolicy }
  /** The snapshots that a task makes for itself. They never wait for its transfers. */
  | { readonly kind: 'task-snapshot'; readonly task: Task }
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'retention'; readonly policy: RetentionPolicy }
  | { readonly kind: 'verify'; readonly policy: VerifyPolicy };

/** How the journal names an item: `snapshot/data`, `retention/data`, `verify/data`, `task:nightly`, `task-snapshot:nightly`. */
export function itemKey(item: Item): string {
  switch (item.kind) {
    case 'snapshot':
    case 'retention':
    case 'verify':
      return policyKey(item.kind, item.policy.subvolume);
    case 'task-snapshot':
    case 'task':
      return `${item.kind}:${item.task.name}`;
  }
}

export const policyKey = (kind: PolicyKind, subvolume: string): string => `${kind}:${subvolume}`;

export const taskKeys = (task: string): readonly [string, string] => [
  `task:${task}`,
  `task-snapshot:${task}`,
];

/** The task it is a round of, or a part of one; null: it belongs to none. */
export function taskOf({ request, origin }: Pick<Run, 'request' | 'origin'>): string | null {
  const [, task = null] = /^task(?:-snapshot)?:(.*)$/s.exec(origin.item ?? '') ?? [];
  return aboutOf(request).task ?? task;
}

/** The last time an item was begun because it was due, or the time it counts from, which it was never begun for. */
export interface ItemMemory {
  readonly item: string;
  /** The due time it was begun for, ISO 8601 UTC: not when it really began. */
  readonly dueAt: string;
  /** 1 for the first try at that due time; 0: it counts from there. */
  readonly attempt: number;
  /** Null: the run is no longer in the journal, or there was none. */
  readonly run: {
    readonly id: number;
    readonly state: RunState;
    readonly outcome: RunOutcome | null;
    readonly finishedAt: string | null;
    /** Somebody asked it to end. Without that, one that was cancelled was stopped together with its process. */
    readonly cancelRequested: boolean;
    /** Of a failure: the first reason there was. */
    readonly fault: Fault | null;
    /** One of its faults is temporary, so that the same may succeed later. */
    readonly retry: boolean;
  } | null;
}

/** What the runs of an item came to. One that is at work, or was cancelled, says nothing. */
export interface ItemRecord {
  readonly item: string;
  /** Tries in a row that failed, for one due time or for several. */
  readonly failures: number;
  /** The newest that said something; null: there is none in the journal since it counts. */
  readonly last: {
    readonly id: number;
    readonly outcome: Exclude<RunOutcome, 'cancelled'>;
    readonly finishedAt: string | null;
    /** Of a failure: the first reason there was. */
    readonly fault: Fault | null;
  } | null;
}
