/**
 * What retention is told and what it answers: rules, reasons, one answer for every snapshot. Which ones are kept is
 * decided in plan/retention.
 */
import type { Snapshot } from './snapshot.ts';

/** The periods of the per-period form; a week is an ISO week, Monday to Sunday. */
export const GROUP_PERIODS = ['day', 'week', 'month'] as const;
export type GroupPeriod = (typeof GROUP_PERIODS)[number];

/** The levels of a ladder that elect by period, finest first. */
export const LADDER_LEVELS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type LadderLevel = (typeof LADDER_LEVELS)[number];

interface AnyRules {
  /** IANA name of the zone whose wall clock begins and ends the periods, for example `Europe/Berlin`. */
  readonly timeZone: string;
  /** Whatever is younger is kept; 0: no such rule. */
  readonly minAgeSeconds: number;
}

/** Of every day, week or month that has snapshots, however long ago: the newest `keep`. */
export interface PerPeriodRules extends AnyRules {
  readonly kind: 'per-period';
  readonly per: GroupPeriod;
  /** Whole, at least 1. */
  readonly keep: number;
}

/** Every level keeps the first snapshot of each of its newest n periods that have one. Whole numbers, 0: not used. */
export interface LadderRules extends AnyRules, Readonly<Record<LadderLevel, number>> {
  readonly kind: 'ladder';
  /** The newest n, whatever their period. */
  readonly last: number;
}

/** What is kept; everything else goes, but what is protected whatever the rules say. */
export type RetentionRules = PerPeriodRules | LadderRules;

/** Why a snapshot stays: what protects it, or the rule that elects it. */
export type KeepReason =
  /** The newest whole one that is not dated in the future. */
  | { readonly kind: 'newest' }
  | { readonly kind: 'held' }
  /** A running job uses it. */
  | { readonly kind: 'in-use' }
  /** The next incremental send to this target, or from there, starts from it. */
  | { readonly kind: 'base'; readonly target: string }
  /** What these targets hold is not known, so it may be the base. Empty: not even which targets there are. */
  | { readonly kind: 'bases-unknown'; readonly targets: readonly string[] }
  /** Later than now: a clock was set back, or is wrong. */
  | { readonly kind: 'future' }
  /** Somebody has it mounted. */
  | { readonly kind: 'mounted'; readonly at: string }
  /** Not made by btrfleet. */
  | { readonly kind: 'foreign' }
  /** Half received, or made writable: replication and people clear these up, retention never. */
  | { readonly kind: 'not-complete'; readonly state: 'partial' | 'modified' | 'different' }
  /** No time is known, so no rule can be applied. */
  | { readonly kind: 'undated' }
  | { readonly kind: 'min-age'; readonly minAgeSeconds: number }
  | { readonly kind: 'last'; readonly count: number }
  /** `period` as people write it: `2026-11-20 08:00+01:00`, `2026-11-20`, `2026-W47`, `2026-11`, `2026`. */
  | { readonly kind: 'ladder'; readonly level: LadderLevel; readonly period: string }
  | {
      readonly kind: 'per-period';
      readonly per: GroupPeriod;
      readonly keep: number;
      readonly period: string;
    };

/** It stays. */
export interface Kept {
  readonly verdict: 'kept';
  readonly snapshot: Snapshot;
  /** Every one that applies: what protects it first, then the rules. */
  readonly reasons: readonly [KeepReason, ...KeepReason[]];
}

export interface Deleted {
  readonly verdict: 'deleted';
  readonly snapshot: Snapshot;
}

/** What rules come to. */
export interface RetentionPlan {
  /** One for every snapshot, in the order they were given. */
  readonly answers: readonly (Kept | Deleted)[];
}

/** The plan as the two lists a report has, each in the order of the plan. */
export const keptBy = ({ answers }: RetentionPlan): Kept[] =>
  answers.filter((answer) => answer.verdict === 'kept');

/** Those that go, in the order of the plan. */
export const deletedBy = ({ answers }: RetentionPlan): Snapshot[] =>
  answers.filter((answer) => answer.verdict === 'deleted').map((answer) => answer.snapshot);

/** A reason in a few words, for tables and `--json`. */
export function reasonText(reason: KeepReason): string {
  switch (reason.kind) {
    case 'newest':
      return 'newest';
    case 'held':
      return 'held';
    case 'in-use':
      return 'in use by a running job';
    case 'base':
      return `base for ${reason.target}`;
    case 'bases-unknown':
      return reason.targets.length > 0
        ? `may be the base for ${reason.targets.join(', ')}: what is there is not known`
        : 'may be a base: what the targets hold is not known';
    case 'future':
      return 'dated in the future';
    case 'mounted':
      return `mounted at ${reason.at}`;
    case 'foreign':
      return 'foreign: not made by btrfleet';
    case 'not-complete':
      return INCOMPLETE[reason.state];
    case 'undated':
      return 'its time is not known';
    case 'min-age':
      return `younger than ${ageText(reason.minAgeSeconds)}`;
    case 'last':
      return `last ${reason.count}`;
    case 'ladder':
      return `${reason.level} ${reason.period}`;
    case 'per-period':
      return `newest ${reason.keep === 1 ? '' : `${reason.keep} `}of ${reason.period}`;
  }
}

const INCOMPLETE: Readonly<Record<Extract<KeepReason, { kind: 'not-complete' }>['state'], string>> = {
  partial: 'partial: half received',
  modified: 'modified: made writable',
  different: 'different: not what its source is',
};

/** Rules in a few words, without their time zone: `last 3, daily 7, younger than 1h`, `newest 2 of each week`. */
export function rulesText(rules: RetentionRules): string {
  const age = rules.minAgeSeconds > 0 ? [`younger than ${ageText(rules.minAgeSeconds)}`] : [];
  if (rules.kind === 'per-period') {
    return [`newest ${rules.keep === 1 ? '' : `${rules.keep} `}of each ${rules.per}`, ...age].join(', ');
  }
  const levels = (['last', ...LADDER_LEVELS] as const).filter((level) => rules[level] > 0);
  return [...levels.map((level) => `${level} ${rules[level]}`), ...age].join(', ');
}

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
] as const;

/** As it is given on the command line: the largest unit that says it exactly. */
export function ageText(seconds: number): string {
  const unit = UNITS.find(([size]) => seconds % size === 0);
  return unit ? `${seconds / unit[0]}${unit[1]}` : `${seconds}s`;
}
