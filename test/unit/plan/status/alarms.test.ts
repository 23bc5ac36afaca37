/** That each change is told once by each way, and that nothing is called over because it cannot be seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm, Verdict, Way } from '../../../../src/core/model/status/alarm.ts';
import {
  nextAlarms,
  type ToldTrouble,
  toldBy,
  toTell,
  withWays,
} from '../../../../src/core/plan/status/alarms.ts';

const AT = '2026-11-21T10:00:00.000Z';
const LATER = '2026-11-21T11:00:00.000Z';

type Trouble = readonly [key: string, trouble: ToldTrouble];

const trouble = (key: string, level: ToldTrouble['level'] = 'bad'): Trouble => [
  key,
  { level, title: key, message: 'm', hint: 'h' },
];

/** Trouble there is, and what is known of all else. */
interface Look {
  readonly troubles: readonly Trouble[];
  readonly else?: Verdict['kind'];
}

const verdictOf = (kind: Verdict['kind']): Verdict =>
  kind === 'well' ? { kind, message: 'Run 7 ended well.' } : { kind };

const on = (...troubles: Trouble[]): Look => ({ troubles });
const unknown: Look = { troubles: [], else: 'unknown' };
const unwatched: Look = { troubles: [], else: 'unwatched' };

/** Plays one look after the other: `way event level key`; what `reaches` refuses is not delivered. */
function play(
  looks: readonly Look[],
  ways: readonly Way[] = ['mail'],
  reaches: (look: number, way: Way) => boolean = () => true,
): string[][] {
  const alarms = new Map<string, Alarm>();
  const keep = (key: string, alarm: Alarm | null): void => {
    if (alarm === null) alarms.delete(key);
    else alarms.set(key, alarm);
  };
  return looks.map(({ troubles, else: kind = 'well' }, index) => {
    const verdict = (): Verdict => verdictOf(kind);
    for (const [key, alarm] of nextAlarms(alarms, new Map(troubles), verdict, AT)) keep(key, alarm);
    return ways
      .filter((way) => reaches(index, way))
      .flatMap((way) =>
        toTell(alarms, way).map((one) => {
          const alarm = alarms.get(one.key);
          if (alarm) keep(one.key, toldBy(alarm, way, one, AT));
          return `${way} ${one.event} ${one.level} ${one.key}`;
        }),
      );
  });
}

const a = trouble('a');
const warning = trouble('a', 'warning');

for (const [title, looks, expected] of [
  [
    'each change once, not every look',
    [on(), on(a), on(a), on(a, trouble('b')), on(trouble('b')), on(), on()],
    [
      [],
      ['mail trouble bad a'],
      [],
      ['mail trouble bad b'],
      ['mail recovery bad a'],
      ['mail recovery bad b'],
      [],
    ],
  ],
  [
    'a warning that becomes bad again',
    [on(warning), on(a), on(a)],
    [['mail trouble warning a'], ['mail trouble bad a'], []],
  ],
  [
    'trouble that comes back anew',
    [on(a), on(), on(a)],
    [['mail trouble bad a'], ['mail recovery bad a'], ['mail trouble bad a']],
  ],
  [
    'nothing while it cannot be known, and nothing anew after that',
    [on(a), unknown, unknown, on(a), on()],
    [['mail trouble bad a'], [], [], [], ['mail recovery bad a']],
  ],
  [
    'no recovery of what nobody watches any more',
    [on(a), unwatched, unwatched],
    [['mail trouble bad a'], ['mail unwatched bad a'], []],
  ],
] as const) {
  test(`people are told ${title}`, () => assert.deepEqual(play(looks), expected));
}

const mailFails = (...looks: number[]) => {
  return (look: number): boolean => !looks.includes(look);
};

test('what nobody could be told is told later', () => {
  assert.deepEqual(play([on(a), on(a), on(a)], ['mail'], mailFails(0)), [[], ['mail trouble bad a'], []]);
  assert.deepEqual(play([on(a), on(), on(), on()], ['mail'], mailFails(1)), [
    ['mail trouble bad a'],
    [],
    ['mail recovery bad a'],
    [],
  ]);
});

test('what was told is told to be over, whatever it became meanwhile that nobody heard of', () => {
  assert.deepEqual(play([on(a), on(warning), on()], ['mail'], mailFails(1)), [
    ['mail trouble bad a'],
    [],
    ['mail recovery bad a'],
  ]);
});

test('trouble that nobody was ever told of is over without a word', () => {
  assert.deepEqual(play([on(a), on(), on()], ['mail'], mailFails(0, 1)), [[], [], []]);
});

test('each way is told once, and a way that was down is told when it works', () => {
  const looks = [on(a), on(a), on(a), on(), on()];
  const reaches = (look: number, way: Way): boolean => way === 'mail' || look > 1;
  assert.deepEqual(play(looks, ['mail', 'webhook'], reaches), [
    ['mail trouble bad a'],
    [],
    ['webhook trouble bad a'],
    ['mail recovery bad a', 'webhook recovery bad a'],
    [],
  ]);
});

test('a recovery says what is well, since when it was not, and is no guess', () => {
  const known = new Map([
    [
      'a',
      {
        state: 'bad',
        title: 't',
        message: 'm',
        hint: 'h',
        since: AT,
        told: { mail: { level: 'bad', at: AT } },
      },
    ],
  ] as const);
  const changed = nextAlarms(known, new Map(), () => verdictOf('well'), LATER);
  const over = changed.get('a');
  assert.ok(over);
  assert.deepEqual(toTell(new Map([['a', over]]), 'mail'), [
    {
      event: 'recovery',
      key: 'a',
      level: 'bad',
      title: 'Over: t',
      message: 'Run 7 ended well.',
      hint: '',
      since: AT,
    },
  ]);
});

test('a way that is set anew hears of what is open, and one that is gone is waited for no longer', () => {
  const told = { mail: { level: 'bad', at: AT }, command: { level: 'bad', at: AT } } as const;
  const open: Alarm = { state: 'bad', title: 't', message: 'm', hint: 'h', since: AT, told };
  const without = withWays(open, ['mail']);
  assert.deepEqual(without?.told, { mail: told.mail });
  assert.ok(without);
  assert.equal(toTell(new Map([['a', without]]), 'command').length, 1);
  assert.equal(toTell(new Map([['a', without]]), 'mail').length, 0);
  assert.equal(withWays({ ...open, state: 'over' }, ['webhook']), null);
});
