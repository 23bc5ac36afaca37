import assert from 'node:assert/strict';
import test from 'node:test';
import {
  TASK_DEFAULTS,
  type Task,
  type TaskTargetMemory,
} from '../../../../src/core/model/automation/task.ts';
import { type Fault, type FaultCode, fault } from '../../../../src/core/model/fault.ts';
import type { TargetResult, TargetStatus } from '../../../../src/core/model/runs/target-result.ts';
import { formatTarget, parseTarget, type Target } from '../../../../src/core/model/target.ts';
import {
  beganAt,
  cameThrough,
  type MemberOutcome,
  rpoBreach,
  targetEnd,
  targetsOfRound,
} from '../../../../src/core/plan/automation/round.ts';

const target = (text: string): Target => {
  const parsed = parseTarget(text);
  return parsed.ok ? parsed.value : assert.fail(text);
};

const TASK: Task = {
  name: 'nightly',
  subvolumes: ['/data'],
  targets: [target('b'), target('c:/mnt/usb')],
  schedule: { kind: 'every', seconds: 60 },
  mode: 'async',
  rpoSeconds: null,
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  retention: null,
  into: null,
  ...TASK_DEFAULTS,
  suspended: false,
  enabled: true,
};

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

const why = (code: FaultCode): Fault => fault(code, `${code}.`, 'hint', { server: 'b' });

/** Of target b: left alone, after that fault, tried so many minutes ago. */
const left = (code: FaultCode, minutes: number): TaskTargetMemory => ({
  task: 'nightly',
  target: 'b',
  failures: 10,
  fault: why(code),
  suspendedAt: ago(600),
  absentSince: null,
  triedAt: ago(minutes),
});

for (const [title, changes, memory, byHand, want] of [
  ['all of them', {}, null, false, 'b c:/mnt/usb'],
  [
    'one that failed, not yet often enough',
    {},
    { ...left('no-space', 1), suspendedAt: null },
    false,
    'b c:/mnt/usb',
  ],
  ['not one that is left alone', {}, left('no-space', 600), false, 'c:/mnt/usb'],
  ['a temporary fault, tried within the hour', {}, left('unreachable', 59), false, 'c:/mnt/usb'],
  ['a temporary fault, an hour ago: a probe', {}, left('unreachable', 60), false, 'b c:/mnt/usb'],
  ['a temporary fault, tried in what is the future now', {}, left('unreachable', -5), false, 'b c:/mnt/usb'],
  [
    'its disk was away when it was probed: waited for as any other, an hour later again',
    {},
    { ...left('not-mounted', 60), absentSince: ago(60) },
    false,
    'b c:/mnt/usb',
  ],
  ['by hand also one that is left alone', {}, left('no-space', 1), true, 'b c:/mnt/usb'],
  ['none of a task that was suspended meanwhile', { suspended: true }, null, false, ''],
  ['by hand all of a suspended one', { suspended: true }, null, true, 'b c:/mnt/usb'],
  ['none of a task that was disabled meanwhile', { enabled: false }, null, false, ''],
  ['by hand all of a disabled one', { enabled: false }, null, true, 'b c:/mnt/usb'],
] as const) {
  test(`a round sends to: ${title}`, () => {
    const found = targetsOfRound({
      task: { ...TASK, ...changes },
      memories: memory === null ? [] : [memory],
      now: NOW,
      byHand,
    });
    assert.equal(found.map(formatTarget).join(' '), want);
  });
}

const result = (status: TargetStatus, code: FaultCode | null = null): TargetResult => ({
  server: 'b',
  mount: '/srv/pool',
  status,
  mode: 'incremental',
  snapshot: '2026-11-20T11:00:00.000Z',
  base: null,
  path: 'relay',
  sentBytes: 0,
  estimatedBytes: null,
  elapsedSeconds: 0,
  verified: false,
  fault: code === null ? null : why(code),
});

/** `ok failed:no-space`: results; `!unreachable`: the replication failed as a whole; '': nothing was told. */
function member(subvolume: string, text: string): MemberOutcome {
  if (text.startsWith('!')) return { subvolume, ended: why(text.slice(1) as FaultCode) };
  const words = text.split(' ').filter(Boolean);
  return {
    subvolume,
    ended: words.map((word) => {
      const [status, code = null] = word.split(':') as [TargetStatus, FaultCode?];
      return result(status, code);
    }),
  };
}

for (const [title, members, status, code, counts] of [
  ['sent', ['ok'], 'ok', null, 'ok'],
  ['there already', ['already-there'], 'ok', null, 'ok'],
  ['some there, some sent', ['already-there ok ok'], 'ok', null, 'ok'],
  ['failed', ['failed:unreachable'], 'failed', 'unreachable', 'failed'],
  ['one of many failed', ['ok failed:name-taken ok'], 'failed', 'name-taken', 'failed'],
  ['away', ['absent:not-mounted'], 'absent', 'not-mounted', 'absent'],
  ['cancelled', ['ok cancelled:cancelled'], 'cancelled', 'cancelled', null],
  ['cancelled before it was begun', [''], 'cancelled', null, null],
  ['cancelled as a whole', ['!cancelled'], 'cancelled', null, null],
  ['somebody else is at work there', ['failed:locked'], 'failed', 'locked', null],
  ['the source was the trouble', ['!unreachable'], 'failed', 'unreachable', null],
  ['failed, then cancelled', ['failed:no-space cancelled:cancelled'], 'failed', 'no-space', 'failed'],
  ['a group, all well', ['ok', 'already-there', 'ok'], 'ok', null, 'ok'],
  ['a group, one member failed', ['ok', 'failed:name-taken'], 'failed', 'name-taken', 'failed'],
  ['a group, one locked, one failed', ['failed:locked', 'failed:no-space'], 'failed', 'no-space', 'failed'],
  ['a group, one locked', ['failed:locked', 'ok'], 'failed', 'locked', null],
  ['a group, the disk went meanwhile', ['ok', 'absent:not-mounted'], 'absent', 'not-mounted', 'absent'],
  ['a group, one cancelled', ['ok', 'cancelled:cancelled'], 'cancelled', 'cancelled', null],
  ['a group, one as a whole', ['ok', '!no-such-subvolume'], 'failed', 'no-such-subvolume', null],
] as const) {
  test(`a target after a round: ${title}: ${status}${counts === null ? ', not counted' : ''}`, () => {
    const end = targetEnd(
      target('b'),
      members.map((text, index) => member(['/data', '/logs', '/mail'][index] ?? '', text)),
    );
    assert.deepEqual(
      [end.target, end.status, end.fault?.code ?? null, end.counts],
      ['b', status, code, counts],
    );
  });
}

test('of a group the fault names the member, unless all of them failed', () => {
  const one = targetEnd(target('b'), [member('/data', 'ok'), member('/logs', 'failed:name-taken')]);
  assert.equal(one.fault?.message, '/logs did not come through: name-taken.');
  const all = targetEnd(target('b'), [
    member('/data', 'failed:no-space'),
    member('/logs', 'failed:no-space'),
  ]);
  assert.equal(all.fault?.message, 'no-space.');
});

for (const [text, want] of [
  ['ok', true],
  ['already-there', true],
  ['already-there ok', true],
  ['ok failed:name-taken', false],
  ['absent:not-mounted', false],
  ['ok cancelled:cancelled', false],
  ['', false],
] as const) {
  test(`retention looks after a target with ${text || 'no result'}: ${want ? 'yes' : 'no'}`, () => {
    const { ended } = member('/data', text);
    assert.equal(cameThrough(Array.isArray(ended) ? ended : []), want);
  });
}

for (const [title, changes, known, want] of [
  ['in full, to where nothing was', { mode: 'full' }, [], true],
  ['in full, to another disk', { mode: 'full' }, [{ server: 'b', mount: '/mnt/usb' }], true],
  ['in full, to where something was', { mode: 'full' }, [{ server: 'b', mount: '/srv/pool' }], false],
  ['onto a replica made by hand', {}, [], false],
  ['in full, and it failed', { mode: 'full', status: 'failed' }, [], false],
] as const) {
  test(`the first replica: ${title}: ${want ? 'yes' : 'no'}`, () => {
    assert.equal(beganAt([{ ...result('ok'), ...changes }], known), want);
  });
}

for (const [title, rpoSeconds, restorePoint, since, want] of [
  ['no RPO', null, 6000, 6000, null],
  ['within it', 3600, 60, 6000, null],
  ['beyond it', 3600, 61, 1, /newest replica is of 2026-11-20T10:59:00.000Z: more than the 1h/],
  ['never a replica, missed for a while', 3600, null, 60, null],
  ['never a replica, missed for too long', 3600, null, 61, /no replica as far as is known, since/],
  ['a replica from the future', 3600, -600, 6000, null],
] as const) {
  test(`a disk that is away, RPO: ${title}`, () => {
    const found = rpoBreach(
      { rpoSeconds },
      {
        target: target('b:/mnt/usb'),
        restorePoint: restorePoint === null ? null : ago(restorePoint),
        since: ago(since),
        now: NOW,
      },
    );
    if (want === null) assert.equal(found, null);
    else {
      assert.ok(found);
      assert.deepEqual([found.code, found.server, found.retry], ['rpo-breached', 'b', false]);
      assert.match(found.message, /^b:\/mnt\/usb is not there/);
      assert.match(found.message, want);
    }
  });
}
