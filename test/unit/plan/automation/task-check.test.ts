/** Which tasks there can be beside each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TASK_DEFAULTS, type Task } from '../../../../src/core/model/automation/task.ts';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import { parseTargets } from '../../../../src/core/model/target.ts';
import { checkTask } from '../../../../src/core/plan/automation/task-check.ts';
import { must, server } from '../../state/fixtures/state-home.ts';
import { filesystem, inventory } from '../world.ts';

/** `/data /db → b,c:/usb into own`; the task's name is in front. */
function task(line: string): Task {
  const [, name = '', from = '', to = '', , into] =
    /^(\S+): (.*) → (\S+)( into (\S+))?$/.exec(line) ?? assert.fail(line);
  const [first = '', ...others] = from.split(' ');
  const [target, ...targets] = must(parseTargets([to]));
  return {
    name,
    subvolumes: [first, ...others],
    targets: [target ?? assert.fail(line), ...targets],
    schedule: { kind: 'every', seconds: 3600 },
    mode: 'async',
    rpoSeconds: null,
    options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
    retention: null,
    into: into ?? null,
    ...TASK_DEFAULTS,
    suspended: false,
    enabled: true,
  };
}

/** b has one filesystem, seen whole and in part; c has two; d has a mount of its own; nobody has seen e. */
const inventories = new Map<string, Inventory>([
  ['b', inventory(filesystem(['/srv/pool', '/mnt/part = /part', '/mnt/again'], []))],
  ['c', inventory(filesystem(['/srv/pool'], []), filesystem(['/usb'], [], { uuid: 'fs-2' }))],
]);
const servers = [
  server('a', { role: 'primary' }),
  ...['b', 'c', 'e'].map((name) => server(name)),
  server('d', { defaultMount: '/mnt/disk' }),
];

const check = (wanted: Task, ...there: Task[]) => checkTask(wanted, { servers, inventories, tasks: there });

function verdict(wanted: Task, ...there: Task[]): string {
  const checked = check(wanted, ...there);
  return checked.ok ? 'fine' : checked.fault.code;
}

for (const [one, other, want] of [
  ['/data → b', '/data → c:/usb', 'fine'],
  ['/data → b', '/data2 → b', 'fine'],
  ['/data → b', '/data → b', 'task-in-use'],
  ['/data /db → b', '/db → b', 'task-in-use'],
  ['/data → b,c:/usb', '/data → c:/usb,d', 'task-in-use'],
  // One filesystem, by whatever name.
  ['/data → b', '/data → b:/srv/pool', 'task-in-use'],
  ['/data → b:/srv/pool', '/data → b:/mnt/again', 'task-in-use'],
  ['/data → b', '/data → b:/mnt/part', 'fine'],
  ['/data → c:/srv/pool', '/data → c:/usb', 'fine'],
  ['/data → d', '/data → d:/mnt/disk', 'task-in-use'],
  ['/data → d', '/data → d:/mnt/other', 'fine'],
  // Which one is meant is not known: what is not the same name may be another place.
  ['/data → e', '/data → e:/mnt', 'fine'],
  ['/data → e:/mnt', '/data → e:/mnt', 'task-in-use'],
  ['/data → c', '/data → c:/usb', 'fine'],
  // Directories.
  ['/data → b', '/data → b into own', 'fine'],
  ['/data → b into own', '/data → b into other', 'fine'],
  ['/data → b into own', '/data → b into own', 'task-in-use'],
  ['/data → b into own', '/db → b into own', 'task-in-use'],
  ['/data → b into own', '/db → c:/usb into own', 'fine'],
] as const) {
  test(`beside "${other}", "${one}": ${want}`, () => {
    assert.equal(verdict(task(`one: ${one}`), task(`other: ${other}`)), want);
    assert.equal(verdict(task(`other: ${other}`), task(`one: ${one}`)), want);
  });
}

test('a task is not in its own way', () => {
  assert.equal(verdict(task('one: /data → b'), task('one: /data → b,c')), 'fine');
});

for (const [title, change, code] of [
  ['a name with a blank', { name: 'a b' }, 'usage'],
  ['no name', { name: '' }, 'usage'],
  ['a name that reads as an option', { name: '--all' }, 'usage'],
  ['a name that draws on a terminal', { name: 'x\u001b[2J' }, 'usage'],
  ['a subvolume twice', { subvolumes: ['/data', '/data'] }, 'usage'],
  [
    'a target twice',
    { targets: task('x: /d → e,e:/mnt').targets.map(() => ({ server: 'e', mount: null })) },
    'usage',
  ],
  ['one place under two names', { targets: task('x: /d → b,b:/srv/pool').targets }, 'usage'],
  ['a server there is not', { targets: [{ server: 'nope', mount: null }] }, 'no-such-server'],
  ['a schedule that is none', { schedule: { kind: 'every', seconds: 0 } }, 'usage'],
  [
    'an expression that is none',
    { schedule: { kind: 'cron', expression: '* * * *', timeZone: 'UTC' } },
    'usage',
  ],
  ['an RPO of nothing', { rpoSeconds: 0 }, 'usage'],
  ['half a retry', { retries: 0.5 }, 'usage'],
  ['too many failures', { suspendAfter: 10_001 }, 'usage'],
  ['a directory for a group', { subvolumes: ['/data', '/db'], into: 'own' }, 'usage'],
  [
    'rules that keep nothing',
    { retention: { kind: 'per-period', per: 'day', keep: 0, timeZone: 'UTC', minAgeSeconds: 0 } },
    'refused',
  ],
] as const) {
  test(`${title}: ${code}`, () => {
    assert.equal(verdict({ ...task('one: /data → b'), ...(change as Partial<Task>) }), code);
  });
}

test('an interval below a minute is fine, and the blanks of an expression are put right', () => {
  assert.equal(verdict({ ...task('one: /data → b'), schedule: { kind: 'every', seconds: 1 } }), 'fine');
  const schedule = { kind: 'cron', expression: ' 0  3 * * *', timeZone: 'UTC' } as const;
  const checked = must(check({ ...task('one: /data → b'), schedule }));
  assert.deepEqual(checked.schedule, { ...schedule, expression: '0 3 * * *' });
});

test('who sends it already is named', () => {
  const checked = check(task('one: /data → b:/srv/pool'), task('other: /data → b'));
  assert.match(
    checked.ok ? '' : checked.fault.message,
    /^The task other sends \/data to b:\/srv\/pool already/,
  );
});

const place = fc.constantFrom('b', 'b:/srv/pool', 'b:/mnt/part', 'c:/usb', 'd', 'd:/mnt/disk', 'e', 'e:/x');
const anyTask = (name: string) =>
  fc
    .record({
      from: fc.uniqueArray(fc.constantFrom('/data', '/db', '/home'), { minLength: 1 }),
      to: fc.uniqueArray(place, { minLength: 1, maxLength: 3 }),
      into: fc.constantFrom('', ' into own', ' into other'),
    })
    .map(({ from, to, into }) =>
      task(`${name}: ${from.join(' ')} → ${to.join(',')}${from.length > 1 ? '' : into}`),
    );

test('of two tasks that are fine alone, either both or none is fine beside the other', () => {
  fc.assert(
    fc.property(anyTask('one'), anyTask('other'), (one, other) => {
      fc.pre(verdict(one) === 'fine' && verdict(other) === 'fine');
      assert.equal(verdict(one, other), verdict(other, one));
    }),
  );
});
