import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { PING_MS, watchHeartbeat } from '../../../../src/core/hosts/ssh/heartbeat.ts';

function watched(context: TestContext) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const socket = new PassThrough();
  const seen = { dead: 0 };
  const stop = watchHeartbeat(socket, () => {
    seen.dead += 1;
  });
  const pass = (seconds: number) => context.mock.timers.tick(seconds * 1000);
  return { socket, seen, stop, pass };
}

test('a peer that falls silent is dead 20 to 25 s after its last byte', (context) => {
  for (const lastByteAt of [0.1, PING_MS / 1000 - 0.1]) {
    const { socket, seen, pass } = watched(context);
    pass(lastByteAt);
    socket.write('x');
    pass(19.9);
    assert.equal(seen.dead, 0);
    pass(5.1);
    assert.equal(seen.dead, 1);
    pass(60);
    assert.equal(seen.dead, 1);
    assert.equal(socket.listenerCount('data'), 0);
    context.mock.timers.reset();
  }
});

test('any byte is a sign of life', (context) => {
  const { socket, seen, pass } = watched(context);
  for (let minute = 0; minute < 60; minute += 1) {
    pass(19);
    socket.write('x');
  }
  assert.equal(seen.dead, 0);
});

test('one that was let go is not judged', (context) => {
  const { seen, stop, pass } = watched(context);
  stop();
  pass(600);
  assert.equal(seen.dead, 0);
});
