import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TargetLag, TaskTargetMemory } from '../../../../src/core/model/automation/task.ts';
import type { RestorePoint } from '../../../../src/core/plan/status/restore-point.ts';
import { targetLag, taskState } from '../../../../src/core/plan/status/task-state.ts';
import { UNREACHABLE } from '../automation-notation.ts';

const time = (clock: string): string => `2026-11-20T${clock}:00.000Z`;

/** `08:00`, `-` there is none, `?` not known. */
const point = (text: string): RestorePoint => ({
  at: text.length === 5 ? time(text) : null,
  isKnown: text !== '?',
  incomplete: null,
  seenAt: text === '?' ? null : time('12:00'),
  fault: null,
  awayOn: null,
});

/** `ok`, `failed`, `suspended`, `away 10:00`; `-`: no round has come to its end there. */
function memory(text: string): TaskTargetMemory | null {
  const [how = '', since = ''] = text.split(' ');
  if (how === '-') return null;
  return {
    task: 'nightly',
    target: 'b',
    failures: how === 'ok' || how === 'away' ? 0 : 3,
    fault: how === 'ok' ? null : UNREACHABLE,
    suspendedAt: how === 'suspended' ? time('11:00') : null,
    absentSince: how === 'away' ? time(since) : null,
    triedAt: time('11:59'),
  };
}

interface Case {
  readonly at: string;
  readonly newest?: string | null;
  readonly oldest?: string | null;
  readonly rpo?: number | null;
  readonly memory?: string;
}

const lagOf = ({ at, newest = '12:00', oldest = '08:00', rpo = null, ...more }: Case): TargetLag =>
  targetLag({
    target: { server: 'b', mount: '/mnt/usb' },
    rpoSeconds: rpo,
    point: point(at),
    newest: newest === null ? null : time(newest),
    oldest: oldest === null ? null : time(oldest),
    memory: memory(more.memory ?? '-'),
    now: Date.parse(time('12:00')),
  });

for (const [title, asked, lag, lose] of [
  ['it has the newest', { at: '12:00' }, 0, 0],
  ['it has the newest, which is old', { at: '09:00', newest: '09:00' }, 0, 3 * 3600],
  ['it is an hour behind', { at: '11:00' }, 3600, 3600],
  ['behind, and nothing is made any more', { at: '10:00', newest: '11:00' }, 3600, 2 * 3600],
  ['it has what the primary lost', { at: '11:30', newest: '11:00' }, 0, 1800],
  ['nothing there', { at: '-' }, null, null],
  ['nothing known', { at: '?' }, null, null],
  ['what the primary has is not known', { at: '11:00', newest: null }, null, 3600],
  ['its clock is a little ahead', { at: '12:01', newest: '12:01' }, 0, 0],
] as const) {
  test(`lag and what would be lost: ${title}`, () => {
    const { lagSeconds, wouldLoseSeconds, rpo, target } = lagOf(asked);
    assert.deepEqual([lagSeconds, wouldLoseSeconds, rpo, target], [lag, lose, 'none', 'b:/mnt/usb']);
  });
}

for (const [title, asked, want] of [
  ['within it', { at: '11:30', rpo: 1800 }, 'kept'],
  ['one second beyond', { at: '11:30', rpo: 1799 }, 'breached'],
  ['it has the newest, and that is too old', { at: '09:00', newest: '09:00', rpo: 3600 }, 'breached'],
  ['never looked at', { at: '?', rpo: 3600 }, 'unknown'],
  ['never looked at, and every round fails', { at: '?', rpo: 3600, memory: 'failed' }, 'unknown'],
  ['a new task before its first round ended', { at: '-', rpo: 3600 }, 'unknown'],
  ['nothing there after a round that failed', { at: '-', rpo: 3600, memory: 'failed' }, 'breached'],
  ['nothing there after a round that was well', { at: '-', rpo: 3600, memory: 'ok' }, 'breached'],
  [
    'nothing there, and nothing is older than the RPO',
    { at: '-', oldest: '11:30', rpo: 3600, memory: 'failed' },
    'unknown',
  ],
  [
    'nothing there, and what the primary has is not known',
    { at: '-', oldest: null, rpo: 3600, memory: 'failed' },
    'unknown',
  ],
  ['a disk that never came, not for long', { at: '?', rpo: 3600, memory: 'away 11:30' }, 'unknown'],
  ['a disk that never came, for longer', { at: '?', rpo: 3600, memory: 'away 10:59' }, 'breached'],
  [
    'a disk that is away, with a replica young enough',
    { at: '11:30', rpo: 3600, memory: 'away 11:00' },
    'kept',
  ],
  ['a disk that is away for too long', { at: '10:30', rpo: 3600, memory: 'away 11:00' }, 'breached'],
] as const) {
  test(`RPO: ${title}: ${want}`, () => assert.equal(lagOf(asked).rpo, want));
}

const WELL: Case = { at: '12:00', rpo: 3600, memory: 'ok' };
const NEW: Case = { at: '-', rpo: 3600 };
const LATE: Case = { at: '08:00', rpo: 3600, memory: 'ok' };
const LEFT: Case = { at: '12:00', rpo: 3600, memory: 'suspended' };

for (const [title, how, targets, want] of [
  ['nothing to do', '', [WELL], 'idle'],
  ['at work', 'running', [WELL], 'running'],
  ['at work for the first time', 'running', [WELL, NEW], 'initializing'],
  ['at work for the first time, without an RPO', 'running', [{ at: '-' }], 'initializing'],
  ['never begun, with an RPO: not fine', '', [NEW], 'lagging'],
  ['never begun, without an RPO', '', [{ at: '-' }], 'idle'],
  ['its first round failed, and it is tried again', 'running', [{ ...NEW, memory: 'failed' }], 'lagging'],
  ['its first round failed, without an RPO', 'running', [{ at: '-', memory: 'failed' }], 'initializing'],
  ['one target is beyond its RPO', '', [WELL, LATE], 'lagging'],
  ['one target is beyond it, another gets its first', 'running', [LATE, NEW], 'lagging'],
  ['of one target nothing is known', '', [WELL, { at: '?', rpo: 60, memory: 'ok' }], 'lagging'],
  ['suspended by hand', 'suspended', [LATE], 'suspended'],
  ['suspended by hand, and left alone', 'suspended', [LEFT], 'auto-suspended'],
  ['one target is left alone', 'running', [LEFT, WELL], 'auto-suspended'],
  ['disabled', 'disabled suspended running', [LATE, LEFT], 'disabled'],
] as const) {
  test(`a task: ${title}: ${want}`, () => {
    const task = { enabled: !how.includes('disabled'), suspended: how.includes('suspended') };
    const lags = targets.map(lagOf);
    assert.equal(taskState(task, { isRunning: how.includes('running'), lags }), want);
  });
}

test('always: an RPO that is kept rests on a restore point, and later it is never kept again without a new one', () => {
  const clock = fc.integer({ min: 0, max: 86_400 });
  fc.assert(
    fc.property(
      fc.option(clock),
      clock,
      fc.integer({ min: 1, max: 86_400 }),
      fc.constantFrom('-', 'ok', 'failed', 'away 10:00'),
      (at, later, rpoSeconds, how) => {
        const now = Date.parse('2026-11-21T00:00:00.000Z');
        const restorePoint = at === null ? null : new Date(now - at * 1000).toISOString();
        const ask = (when: number): TargetLag['rpo'] =>
          targetLag({
            target: { server: 'b', mount: null },
            rpoSeconds,
            point: { ...point('-'), at: restorePoint },
            newest: null,
            oldest: time('08:00'),
            memory: memory(how),
            now: when,
          }).rpo;
        if (ask(now) === 'kept') assert.ok(at !== null && at <= rpoSeconds);
        if (ask(now) === 'breached') assert.equal(ask(now + later * 1000), 'breached');
      },
    ),
  );
});
