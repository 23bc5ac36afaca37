// The table of measured figures and the verdict on each.
import assert from 'node:assert/strict';
import test from 'node:test';
import { formatTable, verdict } from '../../../scripts/bench/table.ts';

for (const [title, value, goal, want] of [
  ['at least, above', 1.4, { atLeast: 1.3 }, 'met'],
  ['at least, exactly', 1.3, { atLeast: 1.3 }, 'met'],
  ['at least, below', 1.2, { atLeast: 1.3 }, 'missed'],
  ['at most, below', 90, { atMost: 150 }, 'met'],
  ['at most, above', 151, { atMost: 150 }, 'missed'],
  ['not a number', Number.NaN, { atMost: 150 }, 'missed'],
] as const) {
  test(title, () => assert.equal(verdict({ title, value, unit: 'ms', goal }), want));
}

test('no goal, no verdict', () => assert.equal(verdict({ title: 'a', value: 1, unit: 's' }), ''));

test('columns are aligned and say the goal', () => {
  const rows = [
    { title: 'relay', value: 1.4567, unit: '×', goal: { atLeast: 1.3 }, note: 'against ssh | ssh' },
    { title: 'inventory, 2000', value: 123.4, unit: 'ms', goal: { atMost: 100 } },
  ];
  assert.equal(
    formatTable(rows),
    [
      'measured         figure  goal              note',
      'relay            1.46 ×  ≥ 1.3 ×   met     against ssh | ssh',
      'inventory, 2000  123 ms  ≤ 100 ms  missed',
    ].join('\n'),
  );
});
