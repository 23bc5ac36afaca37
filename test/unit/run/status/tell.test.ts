/** That what changed reaches people by real commands and webhooks, and that what fails holds back nothing else. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createDeliver } from '../../../../src/core/hosts/deliver.ts';
import { ok } from '../../../../src/core/model/result.ts';
import {
  NO_NOTIFICATIONS,
  type NotificationSettings,
  type Outlook,
  type Trouble,
  type Verdict,
} from '../../../../src/core/model/status/alarm.ts';
import { finding } from '../../../../src/core/model/status/finding.ts';
import { Teller, type TellFleet } from '../../../../src/core/run/status/tell.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { troubleWords } from '../../../../src/text/words/trouble.ts';
import { freePort } from '../../hosts/sshd-fixture.ts';
import { clockAt, must, stateHome } from '../../state/fixtures/state-home.ts';

interface World {
  readonly fleet: TellFleet & { readonly clock: ReturnType<typeof clockAt> };
  readonly teller: Teller;
  /** What the command was called with and took, in order. */
  told(): string[];
  /** It fails for these keys from now on, and for no others. */
  refuse(...keys: string[]): void;
  readonly settings: NotificationSettings;
}

/** A command that takes what it is not told to refuse, and notes every call. */
function world(t: TestContext, webhook: string | null = null): World {
  const directory = mkdtempSync(join(tmpdir(), 'btrfleet-tell-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const clock = clockAt('2026-11-21T10:00:00.000Z');
  const journal = must(openJournal({ home: stateHome(t), clock }));
  t.after(() => journal.close());
  const fleet = { journal, clock, vault: { get: () => ok(webhook) } };
  const [told, refused] = [join(directory, 'told'), join(directory, 'refused')];
  writeFileSync(refused, '');
  const script = `echo "$BTRFLEET_EVENT $BTRFLEET_KEY" >>${told}; ! grep -qxF "$BTRFLEET_KEY" ${refused}`;
  return {
    fleet,
    teller: new Teller(fleet, createDeliver(process.env), troubleWords),
    told: () => (existsSync(told) ? readFileSync(told, 'utf8').trimEnd().split('\n') : []),
    refuse: (...keys) => writeFileSync(refused, keys.map((key) => `${key}\n`).join('')),
    settings: { ...NO_NOTIFICATIONS, command: script, webhook: webhook !== null },
  };
}

const TROUBLE: Trouble = finding('configuration', 'degraded', {}, { fault: { message: 'm', hint: 'h' } });

const outlook = (keys: string, verdict: Verdict = { kind: 'well', message: 'm' }): Outlook => ({
  troubles: new Map(
    keys
      .split(' ')
      .filter((key) => key !== '')
      .map((key) => [key, TROUBLE]),
  ),
  verdict: () => verdict,
});

test('one that is refused holds back none of the others, and is tried less and less often', async (t) => {
  const { teller, settings, told, refuse, fleet } = world(t);
  refuse('target:t b');
  const result = await teller.tell(
    {
      ...outlook(''),
      troubles: new Map([...outlook('a').troubles, ['target:t b', TROUBLE], ['z', TROUBLE]]),
    },
    settings,
  );
  assert.deepEqual(told().toSorted(), ['trouble a', 'trouble target:t b', 'trouble z']);
  assert.deepEqual([result.told, result.faults.length], [2, 1]);
  const again = { ...outlook(''), troubles: new Map([['target:t b', TROUBLE]]), verdict: UNKNOWN };
  const tries = async (): Promise<number> => {
    await teller.tell(again, settings);
    return told().filter((line) => line.endsWith('target:t b')).length;
  };
  assert.equal(await tries(), 1);
  fleet.clock.pass(60);
  assert.equal(await tries(), 2);
  fleet.clock.pass(60);
  assert.equal(await tries(), 2);
  fleet.clock.pass(60);
  assert.equal(await tries(), 3);
  for (let times = 0; times < 10; times += 1) {
    fleet.clock.pass(600);
    assert.equal(await tries(), times + 4);
  }
});

const UNKNOWN = (): Verdict => ({ kind: 'unknown' });

test('what failed last comes after what never did', async (t) => {
  const { teller, settings, told, refuse, fleet } = world(t);
  refuse('a');
  await teller.tell(outlook('a'), settings);
  fleet.clock.pass(60);
  await teller.tell(outlook('a b'), settings);
  assert.deepEqual(told(), ['trouble a', 'trouble b', 'trouble a']);
});

test('a webhook that is down is told later what the command told, and nobody twice', async (t) => {
  const port = await freePort();
  const posted: string[] = [];
  const { teller, settings, told, fleet } = world(t, `http://127.0.0.1:${port}/`);
  await teller.tell(outlook('a'), settings);
  assert.deepEqual(told(), ['trouble a']);
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { event, key } = JSON.parse(body) as { event: string; key: string };
      posted.push(`${event} ${key}`);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  fleet.clock.pass(60);
  await teller.tell(outlook('a'), settings);
  await teller.tell(outlook(''), settings);
  assert.deepEqual(told(), ['trouble a', 'recovery a']);
  assert.deepEqual(posted, ['trouble a', 'recovery a']);
});

test('a way that was cleared and set again hears of what is open', async (t) => {
  const { teller, settings, told } = world(t, 'http://127.0.0.1:1/');
  await teller.tell(outlook('a'), settings);
  await teller.tell(outlook('a'), { ...settings, command: null });
  await teller.tell(outlook('a'), settings);
  assert.deepEqual(told(), ['trouble a', 'trouble a']);
});

test('what is told is kept over a restart, and what was set anew is told again', async (t) => {
  const { teller, settings, told, fleet } = world(t);
  await teller.tell(outlook('a'), settings);
  const another = new Teller(fleet, createDeliver(process.env), troubleWords);
  await another.tell(outlook('a'), settings);
  assert.deepEqual(told(), ['trouble a']);
  fleet.journal.forgetTold('command');
  await another.tell(outlook('a'), settings);
  assert.deepEqual(told(), ['trouble a', 'trouble a']);
});
