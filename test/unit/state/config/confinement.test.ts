/** A state directory that was made for simulated servers holds no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '../../../../src/core/model/server.ts';
import { EMPTY_CONFIG, parseConfig } from '../../../../src/core/state/config/schema.ts';

const CONFINED = {
  ...EMPTY_CONFIG,
  confinement: { label: 'PLAY', addresses: ['127.0.0.1:4001', '127.0.0.1:4002'] },
};

const server = (about: Partial<Server>): Server => ({
  name: 'a',
  host: '127.0.0.1',
  port: 4001,
  user: 'root',
  auth: { kind: 'password' },
  jump: null,
  role: 'secondary',
  defaultMount: null,
  ...about,
});

const flaws = (one: Server, config: typeof EMPTY_CONFIG = CONFINED): string[] => {
  const read = parseConfig({ ...config, servers: [one] });
  return read.ok ? [] : read.fault.map(({ path, reason }) => `${path}: ${reason}`);
};

test('its own servers may be in it', () => {
  assert.deepEqual(flaws(server({})), []);
  assert.deepEqual(flaws(server({ port: 4002 })), []);
});

for (const [title, about] of [
  ['another machine', { host: '192.0.2.10', port: 22 }],
  ['another port of this machine', { port: 22 }],
  ['this machine without SSH', { auth: { kind: 'local' }, host: 'localhost' }],
  ['this machine without SSH, at the address of one of them', { auth: { kind: 'local' } }],
] as const) {
  test(`${title} may not`, () => {
    assert.deepEqual(flaws(server(about)), [
      'servers[0]: this state directory may hold no other servers (PLAY)',
    ]);
    assert.deepEqual(flaws(server(about), EMPTY_CONFIG), []);
  });
}
