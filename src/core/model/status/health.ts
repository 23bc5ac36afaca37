/** How a subvolume, or one snapshot of it, is off: on the primary, on each server that should have it, and over all. */

import type { TargetLag } from '../automation/task.ts';
import type { Fault } from '../fault.ts';
import type { ProofLevel } from '../runs/target-result.ts';
import { type Finding, LEVELS, type Level } from './finding.ts';

/**
 * `ok`: everything that is expected was checked and is fine. `degraded`: something is not, and there is a good replica,
 * or was when it was last seen. `failed`: none is known, or the primary has lost it. `unknown`: something could not be checked, and nothing worse is
 * known. Never `ok` where something could not be checked.
 */
export type Overall = Exclude<Level, 'note'> | 'ok';

export type ReplicaStatus =
  | 'complete'
  /** It was looked for and is not there. */
  | 'missing'
  /** Half received. */
  | 'partial'
  /** Made writable, even if it is read-only again: it may differ from what was sent. */
  | 'modified'
  /** Its disk is not mounted now. */
  | 'absent'
  | 'could-not-check';

/** In bytes; null: not measured. */
export interface KnownSize {
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
}

/** The subvolume where it is written. */
export interface PrimaryHealth extends KnownSize {
  readonly server: string;
  /** `missing`: it was looked for, and neither the snapshot nor any other is there. */
  readonly status: Exclude<ReplicaStatus, 'absent'>;
  readonly uuid: string | null;
  readonly receivedUuid: string | null;
  readonly createdAt: string | null;
  readonly ageSeconds: number | null;
  /** Complete snapshots of the subvolume; null: not known. */
  readonly snapshots: number | null;
  /** Made of it by others, read-only; null: not known. */
  readonly foreignSnapshots: number | null;
  /** ISO 8601 UTC; null: never. */
  readonly seenAt: string | null;
  /** Why it could not be looked at; null: it was. */
  readonly fault: Fault | null;
}

/** The last time that a comparison found no difference. */
export interface ProvenHealth {
  readonly level: ProofLevel;
  /** Name of the snapshot it was. */
  readonly snapshot: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly ageSeconds: number | null;
  /** Of `content`: one file in so many, and what was new; null: all. */
  readonly share: number | null;
  /** Of how many files attributes alone differed. */
  readonly attributes: number;
}

/** One place that has it, or should. Ages and lags are seconds. */
export interface ReplicaHealth extends KnownSize {
  readonly server: string;
  /** The mount that is meant, or where replicas were found; null: neither. */
  readonly mount: string | null;
  readonly status: ReplicaStatus;
  /** Somebody said, or by default it is so, that it should be there. */
  readonly isExpected: boolean;
  /** The tasks that bring it there. */
  readonly tasks: readonly string[];
  /** Of the snapshot as it is there. */
  readonly path: string | null;
  readonly uuid: string | null;
  readonly receivedUuid: string | null;
  readonly createdAt: string | null;
  readonly ageSeconds: number | null;
  /** Of the newest complete replica of the subvolume there, as `TargetLag` has it. */
  readonly restorePoint: string | null;
  readonly lagSeconds: number | null;
  readonly wouldLoseSeconds: number | null;
  readonly rpo: TargetLag['rpo'];
  /** How many of those that others made on the primary are there, by origin id; null: not known. */
  readonly foreignSnapshots: number | null;
  /** When replicas of the subvolume there were last compared with their source and were the same; the highest level first. */
  readonly proven: readonly ProvenHealth[];
  /** When the last scrub of its filesystem ended, which read all of it, ISO 8601 UTC; null: none did, or it is not known. */
  readonly scrubbedAt: string | null;
  readonly scrubAgeSeconds: number | null;
  readonly seenAt: string | null;
  /** Why it could not be checked now; null: it was. */
  readonly fault: Fault | null;
}

/** One subvolume, over the whole fleet. */
export interface Health {
  /** Path on the primary. */
  readonly subvolume: string;
  /** Name of the one that is judged, the newest where none was named. Null: the primary has none. */
  readonly snapshot: string | null;
  readonly overall: Overall;
  /** The worst first. */
  readonly reasons: readonly Finding[];
  readonly primary: PrimaryHealth;
  readonly replicas: readonly ReplicaHealth[];
}

/** All subvolumes that are looked after. */
export interface FleetHealth {
  readonly overall: Overall;
  /** About no subvolume that is known: nothing is looked after, or which ones there are could not be found out. */
  readonly reasons: readonly Finding[];
  /** By path. */
  readonly subvolumes: readonly Health[];
}

/** By the worst of them; of none, and of notes alone, `ok`. */
export function overallOf(levels: readonly (Level | 'ok')[]): Overall {
  const worst = LEVELS.find((level) => levels.includes(level)) ?? 'ok';
  return worst === 'note' ? 'ok' : worst;
}

/** For an order with the worst first. */
export const overallRank = (overall: Overall): number =>
  overall === 'ok' ? LEVELS.length : LEVELS.indexOf(overall);
