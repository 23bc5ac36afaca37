/** When a part of a round is handed what was seen before, and when it looks itself. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Host } from '../../../../src/core/hosts/port/host.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { Fleet, Look, Seen } from '../../../../src/core/run/ground/fleet.ts';
import { type RoundLooks, roundLooks } from '../../../../src/core/run/looks/round-looks.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { knownFleet, primary, secondary } from '../fixtures/known-fleet.ts';

const connection = () => ({ facts: { fault: null } }) as unknown as Host;

function world(t: TestContext) {
  const known = knownFleet(t);
  const looked: string[] = [];
  const ends: (() => void)[] = [];
  let waits = false;
  let isUp = true;
  const look: Look = async (server) => {
    looked.push(server);
    if (waits) await new Promise<void>((resolve) => ends.push(resolve));
    if (!isUp) return failed(fault('unreachable', 'off', 'Switch it on.'));
    const inventory =
      server === 'a' ? primary('12:00:00', '08:00:00') : secondary(server, '12:00:00', '08:00:00');
    known.journal.saveInventory(inventory, '');
    return ok({ host, inventory } as Seen);
  };
  let host = connection();
  const hosts = { connect: async () => ok(host) };
  const looks = roundLooks({ fleet: { ...known, look, hosts } as unknown as Fleet });
  return {
    ...known,
    looks,
    looked,
    hold: () => {
      waits = true;
    },
    letGo: () => {
      waits = false;
      for (const end of ends.splice(0)) end();
    },
    reconnect: () => {
      host = connection();
    },
    off: (off: boolean) => {
      isUp = !off;
    },
  };
}

type World = ReturnType<typeof world>;

const sent = (sentBytes: number, status: 'ok' | 'failed' = 'ok') => ({
  server: 'b',
  mount: '/pool',
  status,
  sentBytes,
});

/** Of the filesystem of b, in bytes. */
const FREE = 600;

for (const [title, between, want] of [
  ['nothing happened', () => {}, 'handed'],
  ['a minute has passed', ({ clock }) => clock.pass(61), 'anew'],
  ['little was sent there', ({ looks }) => looks.sent(sent(FREE / 100)), 'handed'],
  ['much was sent there', ({ looks }) => looks.sent(sent(FREE / 100 + 1)), 'anew'],
  ['a send there went wrong', ({ looks }) => looks.sent(sent(0, 'failed')), 'anew'],
  ['its connection was made anew', ({ reconnect }) => reconnect(), 'anew'],
  ['it is not to be handed on', ({ looks }) => looks.forget('b'), 'anew'],
] as [string, (world: World) => unknown, 'handed' | 'anew'][]) {
  test(`what a part sees after another one, where ${title}: ${want}`, async (t) => {
    const w = world(t);
    await w.looks.forPart()('a');
    await w.looks.forPart()('b');
    between(w);
    const seen = must(await w.looks.forPart()('b'));
    assert.equal(seen.isHanded === true, want === 'handed');
    assert.deepEqual(w.looked, want === 'handed' ? ['a', 'b'] : ['a', 'b', 'b']);
  });
}

test('who asks twice has a reason: it looks, and the next one is handed that', async (t) => {
  const w = world(t);
  const look = w.looks.forPart();
  await look('b');
  assert.equal(must(await look('b')).isHanded, undefined);
  assert.ok(must(await w.looks.forPart()('b')).isHanded);
  assert.deepEqual(w.looked, ['b', 'b']);
});

test('who asks meanwhile waits for the look that is at work', async (t) => {
  const w = world(t);
  const ask = (looks: RoundLooks) => looks.forPart()('b');
  w.hold();
  const both = [ask(w.looks), ask(w.looks)];
  w.letGo();
  for (const seen of await Promise.all(both)) assert.ok(seen.ok);
  assert.deepEqual(w.looked, ['b']);
});

test('of a server that could not be looked at nothing is handed on', async (t) => {
  const w = world(t);
  w.off(true);
  assert.equal((await w.looks.forPart()('b')).ok, false);
  w.off(false);
  assert.equal(must(await w.looks.forPart()('b')).isHanded, undefined);
  assert.deepEqual(w.looked, ['b', 'b']);
});

test('a part that is cancelled waits no longer for the look of another one, which goes on', async (t) => {
  const w = world(t);
  w.hold();
  const first = w.looks.forPart()('b');
  const cancel = new AbortController();
  const second = w.looks.forPart()('b', cancel.signal);
  cancel.abort();
  const end = await second;
  assert.equal(!end.ok && end.fault.code, 'cancelled');
  const late = await w.looks.forPart()('b', cancel.signal);
  assert.equal(!late.ok && late.fault.code, 'cancelled');
  w.letGo();
  assert.ok((await first).ok);
  assert.ok(must(await w.looks.forPart()('b')).isHanded);
  assert.deepEqual(w.looked, ['b']);
});
