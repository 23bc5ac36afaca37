import assert from 'node:assert/strict';
import test from 'node:test';
import type { Verification } from '../../../../src/core/model/runs/verification.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const one = (more: Partial<Verification> = {}): Verification => ({
  ...{ server: 'b', filesystem: 'f', subvolume: '/data', level: 'metadata', snapshot: 's', source: 'u' },
  ...{ at: '2026-11-20T08:00:00.000Z', share: null, compared: 9, differences: 0 },
  ...more,
});

test('of each place and level the newest comparison is kept, and read as it was written', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  const content = one({ level: 'content', share: 30 });
  const all = [content, one(), one({ filesystem: 'g' }), one({ server: 'c', differences: 3 })];
  for (const each of [...all, one({ subvolume: '/other' })]) journal.rememberVerification(each);
  assert.deepEqual(journal.verificationsOf('/data'), all);
  const later = one({ at: '2026-11-21T08:00:00.000Z', snapshot: 't', differences: 1 });
  journal.rememberVerification(later);
  assert.deepEqual(journal.verificationsOf('/data'), [content, later, ...all.slice(2)]);
  assert.equal(journal.allVerifications().length, 5);
});
