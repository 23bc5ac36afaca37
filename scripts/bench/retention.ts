// Measures how long it takes to plan the retention of very many snapshots, and that the time grows with their number.
import type { LadderRules, PerPeriodRules, RetentionRules } from '../../src/core/model/retention.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { planRetention } from '../../src/core/plan/retention/retention.ts';
import type { Bench, BenchRow } from './bench.ts';
import { value } from './bench-fleet.ts';

const MANY = 100_000;
const FEW = 10_000;
const ROUNDS = 9;
const FROM = Date.UTC(2022, 0, 1);
const NOW = Date.UTC(2027, 0, 1);
/** Coprime to both counts: walks through all of them in a muddled order, the same in every run. */
const STRIDE = 61_803;

const ANY = { timeZone: 'Europe/Berlin', minAgeSeconds: 3600 };
const PER_DAY: PerPeriodRules = { ...ANY, kind: 'per-period', per: 'day', keep: 3 };
const LADDER: LadderRules = {
  ...ANY,
  kind: 'ladder',
  last: 10,
  hourly: 48,
  daily: 30,
  weekly: 12,
  monthly: 24,
  yearly: 5,
};

export const retention: Bench = {
  name: 'retention',
  async run(report) {
    const rows: BenchRow[] = [];
    for (const [title, rules] of [
      ['ladder', LADDER],
      ['per day', PER_DAY],
    ] as const) {
      const { few, many } = measure(rules);
      report(`${title}: ${many.toFixed(0)} ms`);
      rows.push(
        {
          title: `retention, ${title}: ${MANY} snapshots of five years`,
          value: many,
          unit: 'ms',
          goal: { atMost: 200 },
          note: `out of order, in a zone with summer time; quickest of ${ROUNDS}`,
        },
        {
          title: `retention, ${title}: ${MANY} snapshots against ${FEW}`,
          value: many / few,
          unit: '×',
          goal: { atMost: 15 },
          note: 'n log n would be 12.5, n² 100',
        },
      );
    }
    return rows;
  },
};

/** In milliseconds, the quickest of each, in turns: what else runs on the machine only ever adds to it. */
function measure(rules: RetentionRules): { readonly few: number; readonly many: number } {
  const lists = { few: madeUp(FEW), many: madeUp(MANY) };
  const taken: Record<keyof typeof lists, number[]> = { few: [], many: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const size of ['few', 'many'] as const) {
      const milliseconds = timed(lists[size], rules);
      // The first round finds code that was never run here.
      if (round > 0) taken[size].push(milliseconds);
    }
  }
  return { few: Math.min(...taken.few), many: Math.min(...taken.many) };
}

function timed(snapshots: readonly Snapshot[], rules: RetentionRules): number {
  const there = snapshots.filter((_, index) => index % 10 === 0).map(({ originId }) => originId);
  const bases = new Map([['b', new Set(there)]]);
  const started = performance.now();
  const plan = value(
    planRetention({ snapshots, rules, now: NOW, protected: { held: new Set(), inUse: new Set(), bases } }),
  );
  const milliseconds = performance.now() - started;
  if (plan.answers.length !== snapshots.length) throw new Error(`${plan.answers.length} answers`);
  return milliseconds;
}

function madeUp(count: number): Snapshot[] {
  const step = (NOW - FROM) / count;
  return Array.from({ length: count }, (_, index) => {
    const name = new Date(FROM + Math.floor(((index * STRIDE) % count) * step)).toISOString();
    const uuid = `id-${index}`;
    return {
      name,
      path: `/srv/pool/.snapshots/data/${name}`,
      uuid,
      receivedUuid: null,
      originId: uuid,
      createdAt: name,
      readOnly: true,
      state: 'complete',
    };
  });
}
