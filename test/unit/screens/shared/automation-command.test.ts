/** The command line that sets a policy or a task: read by a shell and by the program, it is that policy or task again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import type { Command } from 'commander';
import fc from 'fast-check';
import { retentionRules } from '../../../../src/cli/choices/retention.ts';
import { scheduleFrom } from '../../../../src/cli/choices/when.ts';
import { createProgram } from '../../../../src/cli/program.ts';
import { taskFrom } from '../../../../src/cli/task/choice.ts';
import type { Task } from '../../../../src/core/model/automation/task.ts';
import type { SnapshotPolicy } from '../../../../src/core/model/policy.ts';
import type { RetentionRules } from '../../../../src/core/model/retention.ts';
import type { Schedule } from '../../../../src/core/model/schedule.ts';
import {
  retentionPolicyCommand,
  snapshotPolicyCommand,
  taskCommand,
} from '../../../../src/screens/shared/automation-command.ts';
import { must } from '../../state/fixtures/state-home.ts';

/** What this machine would take where no zone is named: never the one that was meant. */
const OTHER_ZONE = 'Pacific/Chatham';

/** As a shell hands it on, read by the command it names. */
function read(line: string): { readonly operands: readonly string[]; readonly options: object } {
  const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line.replace(/^btrfleet /, '')}`], {
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1);
  let command: Command = createProgram('0.0.0');
  for (;;) {
    const child = command.commands.find((one) => one.name() === words[0]);
    if (!child) break;
    command = child;
    words.shift();
  }
  const { operands, unknown } = command.parseOptions(words);
  assert.deepEqual(unknown, [], line);
  return { operands, options: command.opts() };
}

/** fast-check makes its records without a prototype. */
const assertSame = (found: object, wanted: object): void =>
  assert.deepEqual(structuredClone(found), structuredClone(wanted));

const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns');
const path = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((name) => !name.includes('\0') && !name.startsWith('-'))
  .map((name) => `/${name}`);
const seconds = fc.integer({ min: 1, max: 1_000_000 });

const scheduleIn = (timeZone: string): fc.Arbitrary<Schedule> =>
  fc.oneof(
    seconds.map((every) => ({ kind: 'every', seconds: every }) as const),
    fc
      .constantFrom('0 3 * * *', '*/15 8-18 * * 1-5')
      .map((expression) => ({ kind: 'cron', expression, timeZone }) as const),
  );

const count = fc.integer({ min: 0, max: 50 });

const rulesIn = (timeZone: string): fc.Arbitrary<RetentionRules> => {
  const any = { timeZone: fc.constant(timeZone), minAgeSeconds: fc.oneof(fc.constant(0), seconds) };
  return fc.oneof(
    fc.record({
      kind: fc.constant('per-period' as const),
      ...any,
      per: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      keep: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      kind: fc.constant('ladder' as const),
      ...any,
      last: fc.integer({ min: 1, max: 9 }),
      hourly: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
    }),
  );
};

const target = fc.record({
  server: fc.constantFrom('a', 'b', 'backup-1'),
  mount: fc.option(
    path.filter((mount) => !/[,/]$|,/.test(mount)),
    { nil: null },
  ),
});

const task: fc.Arbitrary<Task> = zone.chain((timeZone) =>
  fc.record({
    name: fc.constantFrom('nightly', 'a.b-c_d'),
    subvolumes: fc
      .tuple(path, path)
      .map(([first, second]) => (first < second ? [first, second] : [first]) as [string]),
    targets: target.map((one) => [one] as const),
    schedule: scheduleIn(timeZone),
    mode: fc.constantFrom('async' as const, 'sync' as const),
    rpoSeconds: fc.option(seconds, { nil: null }),
    options: fc.record({
      path: fc.constantFrom('auto' as const, 'direct' as const, 'relay' as const),
      rateBytesPerSecond: fc.option(seconds, { nil: null }),
      compress: fc.boolean(),
      resumable: fc.boolean(),
    }),
    retention: fc.option(rulesIn(timeZone), { nil: null }),
    into: fc.constantFrom(null, 'other/place'),
    retries: fc.integer({ min: 0, max: 100 }),
    suspendAfter: fc.integer({ min: 0, max: 100 }),
    suspended: fc.constant(false),
    enabled: fc.boolean(),
  }),
);

test('the command of a task adds that very task', () => {
  fc.assert(
    fc.property(task, (wanted) => {
      const { operands, options } = read(taskCommand(wanted));
      assert.deepEqual(operands, [wanted.name]);
      assertSame(must(taskFrom(wanted.name, options, OTHER_ZONE)), wanted);
    }),
    { numRuns: 40 },
  );
});

test('the command of a retention policy sets that very policy', () => {
  const policy = zone.chain((timeZone) =>
    fc.record({
      subvolume: path,
      rules: rulesIn(timeZone),
      schedule: scheduleIn(timeZone),
      enabled: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(policy, (wanted) => {
      const { operands, options } = read(retentionPolicyCommand(wanted));
      assert.deepEqual(operands, [wanted.subvolume]);
      assertSame(must(retentionRules(options, OTHER_ZONE)), wanted.rules);
      assertSame(must(scheduleFrom(options, OTHER_ZONE)), wanted.schedule);
      assert.equal('disabled' in options, !wanted.enabled);
    }),
    { numRuns: 40 },
  );
});

test('the command of a snapshot policy sets that very policy, its commands among it', () => {
  const hook = fc.record({
    command: fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^-|\0|^\s*$/.test(text)),
    timeoutSeconds: fc.integer({ min: 1, max: 3600 }),
  });
  const policy: fc.Arbitrary<SnapshotPolicy> = zone.chain((timeZone) =>
    fc.record({
      subvolume: path,
      schedule: scheduleIn(timeZone),
      hooks: fc.record({
        before: fc.option(
          fc.tuple(hook, fc.boolean()).map(([one, required]) => ({ ...one, required })),
          { nil: null },
        ),
        after: fc.option(hook, { nil: null }),
      }),
      enabled: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(policy, (wanted) => {
      const { operands, options } = read(snapshotPolicyCommand(wanted));
      const { before, after } = wanted.hooks;
      assert.deepEqual(operands, [wanted.subvolume]);
      assertSame(must(scheduleFrom(options, OTHER_ZONE)), wanted.schedule);
      const { every: _every, cron: _cron, timezone: _zone, ...others } = options as Record<string, unknown>;
      assert.deepEqual(others, {
        ...(before && { before: before.command, beforeTimeout: String(before.timeoutSeconds) }),
        ...(before?.required ? { beforeRequired: true } : {}),
        ...(after && { after: after.command, afterTimeout: String(after.timeoutSeconds) }),
        ...(wanted.enabled ? {} : { disabled: true }),
      });
    }),
    { numRuns: 40 },
  );
});
