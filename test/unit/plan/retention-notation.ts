/**
 * One-line notation for retention: what lies there, the rules, what is kept. It builds values only and decides nothing.
 *
 *   11-20  11-20T08:05  2025-01-02T10:00:00.001    whole snapshots of that time, in UTC; without a year: 2026
 *   11-20'  11-20?  ~11-20  ~0                     made writable, half received, foreign, foreign without a time
 *   11-20+held  11-20+used  11-20@b@c              held, used by a running job, on the targets b and c as well
 *   11-20/x                                        another of the same time, with the uuid x
 *
 *   day 2  ·  last 3 daily 7 weekly 4  ·  … age 90  ·  … in Europe/Berlin  ·  … at 11-20T12:00
 *
 * `age` is in seconds; without `in` it is UTC, without `at` it is the beginning of 2028.
 */
import assert from 'node:assert/strict';
import {
  deletedBy,
  type LadderRules,
  type RetentionPlan,
  type RetentionRules,
  reasonText,
} from '../../../src/core/model/retention.ts';
import type { Snapshot, SnapshotState } from '../../../src/core/model/snapshot.ts';
import { type Bases, planRetention } from '../../../src/core/plan/retention/retention.ts';

const WORD = /^(?<foreign>~?)(?<time>[\d:.T-]+)(?<state>['?]?)(?:\/(?<uuid>\w+))?(?<marks>(?:[+@]\w+)*)$/;
const MOMENT = '0000-01-01T00:00:00.000Z';

/** Milliseconds of a time in the notation. */
export function timeOf(text: string): number {
  const long = /^\d{4}-/.test(text) ? text : `2026-${text}`;
  const time = Date.parse(long + MOMENT.slice(long.length));
  if (Number.isNaN(time)) throw new Error(`not in the notation: ${text}`);
  return time;
}

interface Word {
  readonly shown: string;
  readonly snapshot: Snapshot;
  readonly marks: readonly string[];
}

function toWord(text: string): Word {
  const groups = WORD.exec(text)?.groups;
  if (!groups) throw new Error(`not in the notation: ${text}`);
  const { foreign = '', time = '', state: mark = '', marks = '' } = groups;
  const shown = text.slice(0, text.length - marks.length);
  const createdAt = time === '0' ? null : new Date(timeOf(time)).toISOString();
  const uuid = groups['uuid'] ?? shown;
  const state: SnapshotState =
    ({ "'": 'modified', '?': 'partial' } as const)[mark] ?? (foreign ? 'foreign' : 'complete');
  const name = foreign || createdAt === null ? `by-hand-${time}` : createdAt;
  const snapshot = {
    name,
    path: `/pool/.snapshots/data/${name}`,
    uuid,
    receivedUuid: null,
    originId: `origin of ${uuid}`,
    createdAt,
    readOnly: mark === '',
    state,
  };
  return { shown, snapshot, marks: marks.match(/[+@]\w+/g) ?? [] };
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

const UTC = { timeZone: 'UTC', minAgeSeconds: 0 };
const NO_RUNGS: LadderRules = {
  ...UTC,
  kind: 'ladder',
  last: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
};

/** Rules and the time they are followed at. */
export function rulesOf(text: string): { readonly rules: RetentionRules; readonly now: number } {
  const all = words(text);
  const pairs = all.flatMap((key, index) => (index % 2 === 0 ? [[key, all[index + 1] ?? ''] as const] : []));
  let rules: RetentionRules = NO_RUNGS;
  let now = timeOf('2028-01');
  for (const [key, argument] of pairs) {
    if (key === 'in') rules = { ...rules, timeZone: argument };
    else if (key === 'at') now = timeOf(argument);
    else if (key === 'age') rules = { ...rules, minAgeSeconds: Number(argument) };
    else if (key === 'day' || key === 'week' || key === 'month') {
      rules = { ...UTC, kind: 'per-period', per: key, keep: Number(argument) };
    } else if (key in NO_RUNGS) rules = { ...rules, [key]: Number(argument) };
    else throw new Error(`not in the notation: ${text}`);
  }
  return { rules, now };
}

/** `targets`: those that are known, in addition to the ones that snapshots name; `unknown b c`: those that are not. */
function basesOf(all: readonly Word[], targets: string): Bases {
  if (targets === 'unknown') return 'unknown';
  const bases = new Map<string, Set<string> | 'unknown'>();
  for (const target of words(targets).slice(1)) bases.set(target, 'unknown');
  for (const { marks, snapshot } of all) {
    for (const target of marks.filter((mark) => mark.startsWith('@')).map((mark) => mark.slice(1))) {
      const there = bases.get(target);
      if (there !== 'unknown') bases.set(target, new Set([...(there ?? []), snapshot.originId]));
    }
  }
  return bases;
}

const marked = (all: readonly Word[], mark: string): Set<string> =>
  new Set(all.filter(({ marks }) => marks.includes(mark)).map(({ snapshot }) => snapshot.originId));

export function planned(rulesText: string, snapshotsText: string, targets = ''): RetentionPlan {
  const all = words(snapshotsText).map(toWord);
  const { rules, now } = rulesOf(rulesText);
  const plan = planRetention({
    snapshots: all.map(({ snapshot }) => snapshot),
    rules,
    now,
    protected: { held: marked(all, '+held'), inUse: marked(all, '+used'), bases: basesOf(all, targets) },
  });
  assert.ok(plan.ok, plan.ok ? '' : plan.fault.message);
  return plan.value;
}

/** What is deleted, in the notation and in the order of the snapshots. */
export function deleted(rulesText: string, snapshotsText: string, targets = ''): string {
  const gone = new Set(deletedBy(planned(rulesText, snapshotsText, targets)).map(({ uuid }) => uuid));
  return words(snapshotsText)
    .map(toWord)
    .filter(({ snapshot }) => gone.has(snapshot.uuid))
    .map(({ shown }) => shown)
    .join(' ');
}

/** Why the first of the snapshots is kept; '' when it is not. */
export function reasons(rulesText: string, snapshotsText: string, targets = ''): string {
  const [first] = planned(rulesText, snapshotsText, targets).answers;
  return first?.verdict === 'kept' ? first.reasons.map(reasonText).join(' | ') : '';
}
