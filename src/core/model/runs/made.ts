/** What making snapshots came to, by itself or in a round. */
import type { Fault } from '../fault.ts';

export interface CreatedSnapshot {
  readonly subvolume: string;
  readonly name: string;
  readonly path: string;
  readonly uuid: string;
  readonly createdAt: string;
}

export interface MadeReport {
  readonly snapshots: readonly CreatedSnapshot[];
  /** Between the first and the last of a group, as the server measured it. */
  readonly spreadSeconds: number;
  readonly failed: readonly { readonly subvolume: string; readonly fault: Fault }[];
  /** Not made because there was one of that due time already. */
  readonly already: readonly { readonly subvolume: string; readonly name: string }[];
  readonly hooks: readonly HookResult[];
}

export interface HookResult {
  readonly when: 'before' | 'after';
  /** Whose policy has it; null: written by an earlier version. */
  readonly subvolume: string | null;
  /** Null: it was ended, by its time limit or by a signal. */
  readonly code: number | null;
  readonly seconds: number;
  /** The last lines it wrote. */
  readonly output: string;
  /** Null: it was well. */
  readonly fault: Fault | null;
}

/** Whose hook it is, where there are those of several: ` of /data`, else ''. */
export const whoseHook = ({ subvolume }: HookResult, all: readonly HookResult[]): string =>
  subvolume === null || all.every((one) => one.subvolume === subvolume) ? '' : ` of ${subvolume}`;

export const madeFaults = ({ failed, hooks }: MadeReport): Fault[] => [
  ...failed.map(({ fault }) => fault),
  ...hooks.flatMap(({ fault }) => fault ?? []),
];

/** A command before it that failed and did not stop it is told, and no failure; one after it always is. */
export const hasFailed = ({ failed, hooks }: MadeReport): boolean =>
  failed.length > 0 || hooks.some(({ when, fault }) => when === 'after' && fault !== null);
