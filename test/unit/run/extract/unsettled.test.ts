/** What a run that was cut off had staged is taken away by the next start: once, and again after a rest while nobody answers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { ExtractReport, ExtractRequest } from '../../../../src/core/model/runs/extract.ts';
import { queueUnstaging, unsettledExtracts } from '../../../../src/core/run/extract/unsettled.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, must, stateHome } from '../../state/fixtures/state-home.ts';

const AT = '2026-11-20T08:00:00.000Z';
const NOW = Date.parse(AT);
const HOLDER = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };

const request = (more: Partial<ExtractRequest> = {}) => ({
  ...({ kind: 'extract', subvolume: '/data', source: 'a', fromPath: '/s/x', server: 'a', to: null } as const),
  ...{ from: { name: 'x', uuid: 'u:x' }, paths: ['d'], at: AT },
  live: { filesystem: 'f', inside: 'data', uuid: 'u:data' },
  ...({ overwrite: 'always', removes: false, include: [], exclude: [] } as const),
  ...more,
});

const report = (outcome: ExtractReport['outcome']) => ({
  ...({ kind: 'extract', subvolume: '/data', server: 'a', to: null, source: 'a', outcome } as const),
  ...{ from: { name: 'x', uuid: 'u:x' }, bytes: 0, wireBytes: 0, before: null, missed: [], missedCount: 0 },
  counts: { created: 0, replaced: 0, removed: 0, attributes: 0, left: 0, skipped: 0 },
  fault: null,
});
const failed = (code: 'interrupted' | 'stalled' | 'no-space' | 'locked' | 'no-such-subvolume') =>
  ({ kind: 'fault', fault: fault(code, '', '') }) as const;

const journalOf = (t: TestContext): Journal => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt(AT) }));
  t.after(() => journal.close());
  return journal;
};
const begun = (journal: Journal, more: Partial<ExtractRequest> = {}): number =>
  journal.createRun({ request: request(more), trigger: 'hand', state: 'running', holder: HOLDER }).id;
const open = (journal: Journal): number[] => unsettledExtracts(journal).map(({ id }) => id);

test('one that was cut off is open until what it staged is away; one that came to an end is not', (t) => {
  const journal = journalOf(t);
  const dead = begun(journal);
  journal.interruptDeadRuns(() => false);
  const unknown = begun(journal);
  journal.finishRun(unknown, 'failed', report('unknown'));
  const cut = begun(journal);
  journal.finishRun(cut, 'failed', failed('interrupted'));
  const away = begun(journal);
  journal.finishRun(away, 'failed', failed('stalled'));
  journal.finishRun(begun(journal), 'ok', report('restored'));
  journal.finishRun(begun(journal), 'failed', failed('no-space'));
  assert.deepEqual(open(journal), [dead, unknown, cut, away]);
  journal.finishRun(begun(journal, { settles: dead }), 'failed', failed('locked'));
  journal.finishRun(begun(journal, { settles: unknown }), 'failed', failed('no-such-subvolume'));
  journal.finishRun(begun(journal, { settles: cut }), 'ok', report('restored'));
  assert.deepEqual(open(journal), [dead, away]);
});

test('it is handed to the engine once, and again after a rest', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal);
  journal.finishRun(cut, 'failed', report('unknown'));
  const minutes = (after: number) => queueUnstaging(journal, HOLDER, NOW + after * 60_000);
  assert.deepEqual([minutes(0), minutes(0)], [1, 0], 'it waits already');
  const run = journal.claimRun(HOLDER);
  assert.ok(run?.request.kind === 'extract' && run.request.settles === cut);
  journal.finishRun(run.id, 'failed', failed('locked'));
  assert.deepEqual([minutes(0.9), minutes(1)], [0, 1]);
});
