/** The Servers page: the first server by keys alone, trust, what Verify says, and what is taken back. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { fingerprint } from '../../../src/core/hosts/ssh/host-key.ts';
import { fault } from '../../../src/core/model/fault.ts';
import { ok } from '../../../src/core/model/result.ts';
import { ARMED } from '../../../src/store/app.ts';
import { facts, unreachable } from '../world/fleet-world.ts';
import { FLEET, inventory, SERVERS } from '../world/inventories.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';

const named = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text, 'latin1')]);

/** An ed25519 key as a server shows it. */
const hostKey = (letter: string): Buffer => Buffer.concat([named('ssh-ed25519'), named(letter.repeat(32))]);

const show = (screen: Screen, letter: string): void => {
  const key = hostKey(letter);
  screen.world.hostKey.scan = ok({ type: 'ssh-ed25519', fingerprint: fingerprint(key), key });
};

const arm = (screen: Screen): void => screen.world.clock.pass(ARMED / 1000);

test('the first server is added by keys alone and becomes the primary, reachable or not', async (t) => {
  const screen = await openScreen(t, { faults: { store: unreachable('store') } });
  await screen.chunks('n', 'store\r', '\r', '192.0.2.7\r', '\u001522\r', '\r', '\r', '\r', '\r');
  assert.equal(screen.app.store.getState().overlay?.kind, 'form');
  await screen.keys('\t\r');
  await screen.until('▲ store cannot be reached');
  const [server] = screen.app.store.getState().servers;
  assert.deepEqual(
    { ...server },
    {
      name: 'store',
      host: '192.0.2.7',
      port: 22,
      user: 'root',
      auth: { kind: 'key', file: '~/.ssh/id_ed25519' },
      jump: null,
      role: 'primary',
      defaultMount: null,
    },
  );
  assert.ok(screen.row('store').includes('✗ offline'));
  await screen.keys('!');
  assert.ok(screen.row('store is added as the primary'));
});

test('this machine needs a name only; a password is never on the screen', async (t) => {
  const screen = await openScreen(t, {});
  await screen.chunks('n', 'here\r', '\u001b[D');
  assert.ok(screen.row('this machine (no SSH)'));
  assert.ok(!screen.frame().includes('Host'));
  await screen.keys('\u001b[D');
  await screen.chunks('\t', '\t', '\t', '\t', 'hunter2');
  assert.ok(screen.row('Password').includes('•••••••'));
  assert.ok(!screen.written().includes('hunter2'));
});

test('what is missing is said at its field', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('n', 'beta', '\u001b[Z', '\u001b[Z', '\r');
  assert.ok(screen.row('there is one of that name'));
  assert.ok(screen.row('a host name or address is needed'));
  assert.ok(screen.row('▸ Name'));
  await screen.keys('2');
  assert.ok(!screen.frame().includes('there is one of that name'));
});

test('a host that names port and user fills those fields; what they say otherwise is said there', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('j', 'e', '\t', '\u0015me@[::1]:2222', '\u001b[Z', '\u001b[Z', '\u001b[Z', '\r');
  const edited = screen.app.store.getState().servers.find(({ name }) => name === 'beta');
  assert.deepEqual([edited?.host, edited?.port, edited?.user], ['::1', 2222, 'me']);
  await screen.chunks(
    'e',
    '\t',
    '\u0015beta:2223',
    '\t',
    '\u001524',
    '\u001b[Z',
    '\u001b[Z',
    '\u001b[Z',
    '\u001b[Z',
    '\r',
  );
  assert.ok(screen.row('the host says port 2223, the port says 24'));
});

for (const [title, check, text] of [
  [
    'reachable',
    { status: 'online', facts, inventory: inventory('beta', [{ mount: '/b' }]), fault: null },
    'All is well: root, btrfs-progs 6.17, /b.',
  ],
  [
    'not reachable',
    { status: 'offline', fault: unreachable('beta') },
    'beta cannot be reached: connection refused.',
  ],
  [
    'unknown',
    { status: 'untrusted', fault: fault('host-key-unknown', 'The host key is not known.', 'Trust it.') },
    'It answers. The host key is not known. It can be trusted once it is saved.',
  ],
] as const) {
  test(`Verify of a server that is ${title} says so in the form and saves nothing`, async (t) => {
    const screen = await openScreen(t, FLEET);
    screen.world.verdict.check = check;
    const before = screen.app.store.getState().servers;
    await screen.chunks('j', 'e', '\u001b[Z', '\u001b[Z', '\u001b[Z', '\r');
    await screen.until((frame) => frame.replace(/[│\s]+/g, ' ').includes(text));
    assert.deepEqual(screen.app.store.getState().servers, before);
  });
}

test('an edited server is taken back with z', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('j', 'e', '\t', '\u0015other.example', '\u001b[Z', '\u001b[Z', '\u001b[Z', '\r');
  assert.ok(screen.row('beta is changed; z to undo'));
  assert.ok(screen.row('other.example'));
  await screen.keys('z');
  assert.ok(screen.row('beta.example'));
  await screen.keys('z');
  assert.ok(screen.row('There is nothing to take back'));
});

test('an unknown host key is shown and trusted with y; the same key again is known', async (t) => {
  const screen = await openScreen(t, { ...FLEET, faults: { beta: unreachable('beta') } });
  show(screen, 'k');
  await screen.keys('jt');
  await screen.until('Trust beta?');
  assert.ok(screen.row(`${fingerprint(hostKey('k'))} (ssh-ed25519)`));
  assert.ok(screen.row('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'));
  arm(screen);
  await screen.keys('y');
  await screen.until('beta is trusted');
  await screen.keys('t');
  await screen.until('beta is trusted already');
});

test('a changed host key shouts, and the name must be typed', async (t) => {
  const screen = await openScreen(t, { ...FLEET, faults: { beta: unreachable('beta') } });
  await screen.world.fleet.hostKeys.trust('beta.example', 22, hostKey('k'));
  show(screen, 'x');
  await screen.keys('jt');
  await screen.until('THE HOST KEY OF beta HAS CHANGED');
  assert.ok(screen.row('It is NOT the one that was trusted'));
  arm(screen);
  await screen.chunks('y', '\r');
  assert.equal(screen.app.store.getState().overlay, null);
  const verdict = screen.world.fleet.hostKeys.verdict('beta.example', 22, hostKey('x'));
  assert.ok(verdict.ok && verdict.value === 'changed');
  await screen.keys('t');
  await screen.until('THE HOST KEY OF beta HAS CHANGED');
  arm(screen);
  await screen.chunks('beta', '\r');
  await screen.until('beta is trusted');
});

test('the primary is kept, and so is a server that others are reached through', async (t) => {
  const through = [SERVERS[0], SERVERS[1], { ...SERVERS[2], jump: 'beta' }];
  const screen = await openScreen(t, { ...FLEET, servers: through });
  await screen.resize(130, 24);
  assert.ok(screen.row('gamma.example via beta'));
  await screen.keys('jd');
  arm(screen);
  await screen.keys('y');
  await screen.until('gamma is reached through beta.');
  assert.equal(screen.app.store.getState().servers.length, 3);
});

/** The form of beta with Verify pressed; `answer` has it answered. */
async function verifying(t: TestContext): Promise<{ screen: Screen; answer: () => Promise<void> }> {
  const screen = await openScreen(t, FLEET);
  const { promise, resolve } = Promise.withResolvers<void>();
  screen.world.verdict.check = { status: 'offline', fault: unreachable('beta') };
  screen.world.verdict.when = promise;
  await screen.chunks('j', 'e', '\t', 'x', '\u001b[Z', '\u001b[Z', '\u001b[Z', '\u001b[Z', '\r');
  assert.ok(screen.row('Connecting to'));
  const answer = async (): Promise<void> => {
    resolve();
    await screen.settle();
  };
  return { screen, answer };
}

test('what Verify found while "Quit?" was asked is in the form once that was answered', async (t) => {
  const { screen, answer } = await verifying(t);
  await screen.keys('\u0003');
  assert.ok(screen.row('lose what was filled in'));
  await answer();
  assert.ok(screen.row('lose what was filled in'));
  arm(screen);
  await screen.keys('n');
  assert.ok(screen.row('beta cannot be reached'));
});

test('what Verify found is told in no other form, and not of what was changed since', async (t) => {
  const left = await verifying(t);
  await left.screen.keys('\u001b');
  await left.screen.until((frame) => !frame.includes('Connecting to'));
  await left.screen.keys('n');
  await left.answer();
  assert.ok(!left.screen.frame().includes('cannot be reached'));
  const { screen, answer } = await verifying(t);
  await screen.chunks('\t', '\t', '\t', '\t', 'y');
  await answer();
  assert.ok(!screen.frame().includes('cannot be reached'));
  assert.ok(screen.row('Verify once more'));
});
