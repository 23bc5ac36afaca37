/** What the scheduler's log says, line by line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fault } from '../../../src/core/model/fault.ts';
import { logLines, type ServiceEvent } from '../../../src/scheduler/log.ts';
import { isJournal } from '../../../src/scheduler/log-sink.ts';

const AT = '2026-11-21T10:00:00.123Z';
const DUE = '2026-11-21T10:00:00.000Z';
const TEXT = { format: 'text', journald: false } as const;
const JOURNAL = { format: 'text', journald: true } as const;
const JSON_LINES = { format: 'json', journald: false } as const;

const down = fault('unreachable', 'No answer from the host.', 'Is it up?\n\nping b', { server: 'b' });
const snapshot = { item: 'snapshot:/data', run: 12 } as const;
const round = { item: 'task:nightly', run: 13 } as const;
const nightly = { task: 'nightly', target: 'b:/mnt/usb' } as const;
const ended = {
  type: 'ended',
  ...snapshot,
  outcome: 'ok',
  seconds: 0.12,
  summary: 'made 2026-11-21T10:00:00.050Z',
  faults: [],
  retryAt: null,
} as const;
const rpo = { type: 'rpo', ...nightly, wouldLoseSeconds: 2700, rpoSeconds: 1800 } as const;
const nothing =
  'nothing to do yet: there is no policy and no task. Add one: btrfleet policy set snapshot SUBVOLUME --every 1h';
const FAULT = ['  b: No answer from the host. (unreachable)', '    Is it up?', '    ping b'];

/** The line as journald gets it, without what follows below it. */
const lines: readonly (readonly [ServiceEvent, string, (readonly string[])?])[] = [
  [{ type: 'started', items: 3 }, '<5>btrfleet  started; follows 3 items'],
  [{ type: 'started', items: 0 }, `<5>btrfleet  started; ${nothing}`],
  [{ type: 'config-read', items: 1 }, '<5>btrfleet  the configuration was changed; follows 1 item'],
  [{ type: 'config-read', items: 0 }, `<5>btrfleet  the configuration was changed; ${nothing}`],
  [
    { type: 'config-broken', fault: down },
    '<3>btrfleet  nothing new is begun until the configuration is mended',
    FAULT,
  ],
  [
    { type: 'standstill', cause: 'work', seconds: 0.74, atWork: ['snapshot:/data', 'task:nightly'] },
    '<5>btrfleet  was busy for 0.7 s and did nothing else meanwhile; at work: snapshot:/data, task:nightly',
  ],
  [
    { type: 'standstill', cause: 'stopped', seconds: 3600, atWork: ['task:nightly'] },
    '<5>btrfleet  the process stood still for 3600.0 s and used no CPU: it was suspended, or waited for the disk of its state',
  ],
  [
    { type: 'item-broken', item: 'retention:/data', fault: down },
    '<3>retention:/data  cannot be followed as it stands',
    FAULT,
  ],
  [
    { type: 'begun', ...snapshot, dueAt: DUE, attempt: 1, missed: 0 },
    `<6>snapshot:/data  run 12 begun, due at ${DUE}`,
  ],
  [
    { type: 'begun', ...snapshot, dueAt: DUE, attempt: 2, missed: 0 },
    `<6>snapshot:/data  run 12 begun, due at ${DUE}, attempt 2`,
  ],
  [
    { type: 'begun', ...snapshot, dueAt: DUE, attempt: 1, missed: 1 },
    `<5>snapshot:/data  run 12 begun, due at ${DUE}; it was missed once before that`,
  ],
  [
    { type: 'begun', ...snapshot, dueAt: DUE, attempt: 1, missed: 1000 },
    `<5>snapshot:/data  run 12 begun, due at ${DUE}; it was missed 1000 or more times before that`,
  ],
  [ended, '<6>snapshot:/data  made 2026-11-21T10:00:00.050Z  0.12 s'],
  [{ ...ended, summary: '' }, '<6>snapshot:/data  done  0.12 s'],
  [
    { ...ended, ...round, outcome: 'failed', seconds: 5, summary: 'c got it, b did not', faults: [down] },
    '<3>task:nightly  FAILED: c got it, b did not  5.0 s',
    FAULT,
  ],
  [
    { ...ended, ...round, outcome: 'failed', seconds: 5, summary: '', faults: [down], retryAt: DUE },
    `<4>task:nightly  FAILED  5.0 s; tried again at ${DUE}`,
    FAULT,
  ],
  [{ ...ended, outcome: 'cancelled', summary: '' }, '<5>snapshot:/data  cancelled  0.12 s'],
  [{ ...ended, outcome: 'interrupted', summary: '' }, '<3>snapshot:/data  interrupted  0.12 s'],
  [
    { type: 'hand', run: 9, phase: 'begun', text: 'delete of /data' },
    '<6>run:9  begun by hand: delete of /data',
  ],
  [
    { type: 'broke', run: 9, text: 'TypeError: x\n    at y (z.ts:1)\n' },
    '<3>run:9  btrfleet itself failed: please report it',
    ['  TypeError: x', '      at y (z.ts:1)'],
  ],
  [{ type: 'broke', run: null, text: '' }, '<3>btrfleet  btrfleet itself failed: please report it'],
  [{ type: 'interrupted', run: 9 }, '<4>run:9  was interrupted: the process that ran it died'],
  [
    { type: 'suspended', ...nightly, fault: down },
    '<3>task:nightly  b:/mnt/usb is left alone after too many failures; once it is mended: btrfleet task resume nightly',
    FAULT,
  ],
  [{ type: 'resumed', ...nightly }, '<5>task:nightly  b:/mnt/usb is sent to again'],
  [
    { ...rpo, state: 'breached' },
    '<3>task:nightly  b:/mnt/usb is beyond its RPO of 30 min: 45 min would be lost',
  ],
  [
    { ...rpo, state: 'unknown', wouldLoseSeconds: null },
    '<4>task:nightly  whether b:/mnt/usb keeps its RPO of 30 min cannot be known',
  ],
  [
    { ...rpo, state: 'kept', wouldLoseSeconds: 60 },
    '<5>task:nightly  b:/mnt/usb keeps its RPO of 30 min: 1 min would be lost',
  ],
  [{ type: 'pruned', runs: 1 }, '<6>btrfleet  forgot 1 old run'],
  [{ type: 'journal-failed', fault: down }, '<3>btrfleet  the journal fails; it is tried again', FAULT],
  [{ type: 'stopping', running: 2 }, '<5>btrfleet  stopping; 2 runs at work'],
  [{ type: 'stopped', cancelled: 0, left: 0 }, '<5>btrfleet  stopped'],
  [{ type: 'stopped', cancelled: 1, left: 0 }, '<5>btrfleet  stopped; 1 run cancelled'],
  [
    { type: 'stopped', cancelled: 1, left: 2 },
    '<3>btrfleet  stopped; 1 run cancelled; 2 runs left at work; what that leaves is removed by the next one',
  ],
  [{ type: 'failed', fault: down }, '<3>btrfleet  cannot work', FAULT],
  [{ type: 'signal', signal: 'SIGTERM', text: 'ending' }, '<5>btrfleet  SIGTERM: ending'],
  [
    { type: 'reloaded', policies: 1, tasks: 2 },
    '<5>btrfleet  read the configuration again: 1 policy, 2 tasks',
  ],
  [{ type: 'config-warning', text: 'colour is not known.' }, '<4>btrfleet  colour is not known.'],
  [
    { type: 'notify-failed', fault: down },
    '<4>btrfleet  the service manager is not told how things are',
    FAULT,
  ],
];

const LEVELS: Record<string, string> = { '3': 'error', '4': 'warning', '5': 'notice', '6': 'info' };

for (const [event, line, more = []] of lines) {
  const text = line.slice(3);
  const subject = text.slice(0, text.indexOf('  ') + 2);

  test(`for the journal, with its priority and without the time: ${line}`, () => {
    const below = more.map((one) => `${line.slice(0, 3)}${subject}${one}`);
    assert.deepEqual(logLines(event, AT, JOURNAL), [line, ...below]);
  });
  test(`for people, with the time: ${text}`, () => {
    const below = more.map((one) => `${AT}  ${subject}${one}`);
    assert.deepEqual(logLines(event, AT, TEXT), [`${AT}  ${text}`, ...below]);
  });
  test(`as JSON, with every field: ${text}`, () => {
    const [json = '', ...others] = logLines(event, AT, JSON_LINES);
    assert.deepEqual(others, []);
    const { type, ...fields } = event;
    const message = text.replace('  ', ': ');
    assert.deepEqual(JSON.parse(json), {
      time: AT,
      level: LEVELS[line[1] ?? ''],
      event: type,
      ...fields,
      message,
    });
  });
}

test('the time stays in JSON for the journal, and the priority is in front', () => {
  const [line = ''] = logLines(ended, AT, { format: 'json', journald: true });
  assert.match(line, /^<6>\{"time":"2026-11-21T10:00:00\.123Z","level":"info","event":"ended",/);
});

/** Whatever ends a line somewhere, moves a cursor, or turns text round. */
const DRAWS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const evil = fc.string({
  unit: fc.constantFrom('a', '/', '"', '\\', '\n', '\r', '\u001b', '\u0085', '\u2028', '\u202e', '\u{e0001}'),
});

test('no name and no message ends a line or draws, and JSON still gives them whole', () => {
  fc.assert(
    fc.property(evil, evil, evil, (name, message, hint) => {
      const why = fault('held', message, hint, { server: name });
      const event: ServiceEvent = { ...ended, item: `snapshot:${name}`, summary: name, faults: [why] };
      for (const style of [TEXT, JOURNAL, JSON_LINES]) {
        for (const line of logLines(event, AT, style)) assert.doesNotMatch(line, DRAWS);
      }
      const [json = ''] = logLines(event, AT, JSON_LINES);
      const read = JSON.parse(json) as { item: string; faults: { message: string; hint: string }[] };
      assert.deepEqual(
        [read.item, read.faults[0]?.message, read.faults[0]?.hint],
        [`snapshot:${name}`, message, hint],
      );
    }),
  );
});

test('a name with a line break begins no line', () => {
  const event: ServiceEvent = { ...ended, item: 'snapshot:/a\n<0>sshd: all is lost' };
  assert.deepEqual(logLines(event, AT, JOURNAL), [
    '<6>snapshot:/a\\u{a}<0>sshd: all is lost  made 2026-11-21T10:00:00.050Z  0.12 s',
  ]);
});

for (const [title, stream, stderr, want] of [
  ['the journal reads stderr', '8:42', '8:42', true],
  ['stderr was sent elsewhere', '8:42', '8:43', false],
  ['started by hand', undefined, '8:42', false],
  ['stderr is closed', '8:42', null, false],
] as const) {
  test(`${title}: lines for the journal? ${want}`, () => assert.equal(isJournal(stream, stderr), want));
}
