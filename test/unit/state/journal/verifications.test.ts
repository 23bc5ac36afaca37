import assert from 'node:assert/strict';
import test from 'node:test';
import type { Verification } from '../../../../src/core/model/runs/verification.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const noteAll = (journal: Pick<Journal, 'noteCompared'>, all: readonly Verification[]): void => {
  for (const each of all)
    journal.noteCompared({ ...each, uuid: each.replica, verdict: null, verifications: [each] });
};

const one = (more: Partial<Verification> = {}): Verification => ({
  ...{
    server: 'b',
    filesystem: 'f',
    subvolume: '/data',
    level: 'metadata',
    snapshot: 's',
    source: 'u',
    replica: 'r',
    attributes: 2,
  },
  ...{ at: '2026-11-20T08:00:00.000Z', share: null, compared: 9, differences: 0 },
  ...more,
});

test('of each place and level the newest comparison is kept, and read as it was written', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  const content = one({ level: 'content', share: 30 });
  const all = [content, one(), one({ filesystem: 'g' }), one({ server: 'c', differences: 3 })];
  noteAll(journal, [...all, one({ subvolume: '/other' })]);
  assert.deepEqual(journal.verificationsOf('/data'), all);
  const later = one({ at: '2026-11-21T08:00:00.000Z', snapshot: 't', differences: 1 });
  noteAll(journal, [later]);
  assert.deepEqual(journal.verificationsOf('/data'), [content, later, ...all.slice(2)]);
  assert.equal(journal.allVerifications().length, 5);
});

test('comparisons with a server that left the fleet are forgotten', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  noteAll(journal, [one({ server: 'b' }), one({ server: 'c' })]);
  journal.forgetServer('b');
  assert.deepEqual(journal.allVerifications(), [one({ server: 'c' })]);
});

test('which parts of a share were compared is remembered for each directory and share, the newest first', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  const place = { subvolume: '/data', server: 'b', filesystem: 'f', directory: '/.snapshots/data' };
  const there = { ...place, directory: '/.snapshots/other' };
  const part = (share: number, number: number, day: number) => ({
    ...{ share, part: number, source: `s${day}`, sourceMade: day, replica: `r${day}`, full: null },
    ...{ at: `2026-11-${day}T08:00:00.000Z`, tried: `2026-11-${day}T08:00:00.000Z`, reached: null },
  });
  journal.rememberPart(place, part(30, 4, 20));
  journal.rememberPart(place, part(30, 5, 21));
  journal.rememberPart(place, part(30, 4, 22));
  journal.rememberPart(place, part(7, 5, 20));
  journal.rememberPart(there, part(30, 6, 23));
  assert.deepEqual(journal.verifiedParts(place), [part(30, 4, 22), part(30, 5, 21), part(7, 5, 20)]);
  journal.forgetParts(place);
  assert.deepEqual(journal.verifiedParts(place), []);
  assert.deepEqual(journal.verifiedParts(there), [part(30, 6, 23)]);
  // One that was cut off is behind the others, and goes on where it was.
  const never = {
    ...part(30, 7, 24),
    ...{ at: null, sourceMade: null, full: 'r20', reached: { path: 'a\xff\n', offset: 2 ** 40 } },
  };
  const small = { ...part(30, 8, 25), reached: { path: 'b', offset: null } };
  for (const one of [small, never]) journal.rememberPart(there, one);
  assert.deepEqual(journal.verifiedParts(there), [small, never, part(30, 6, 23)]);
});
