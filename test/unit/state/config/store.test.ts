import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { Server } from '../../../../src/core/model/server.ts';
import { EMPTY_CONFIG } from '../../../../src/core/state/config/schema.ts';
import { createConfigStore } from '../../../../src/core/state/config/store.ts';
import {
  faultOf,
  modeOf,
  must,
  server,
  startWorker,
  stateHome,
  workerOutput,
  workerSays,
} from '../fixtures/state-home.ts';

const withServer = (added: Server) => (config: typeof EMPTY_CONFIG) =>
  ok({ ...config, servers: [...config.servers, added] });

test('a missing file is an empty configuration and is not written before the first change', (t) => {
  const home = stateHome(t);
  const store = createConfigStore(home);
  assert.deepEqual(must(store.read()).config, EMPTY_CONFIG);
  must(store.change(ok));
  assert.equal(existsSync(home.config), false);
  must(store.change(withServer(server('a'))));
  assert.deepEqual(must(createConfigStore(home).read()), {
    config: { ...EMPTY_CONFIG, servers: [server('a')] },
    warnings: [],
    raw: JSON.parse(readFileSync(home.config, 'utf8')),
  });
});

for (const umask of [0o000, 0o022, 0o277]) {
  test(`is private with umask ${umask.toString(8)}`, (t) => {
    const home = stateHome(t);
    const before = process.umask(umask);
    t.after(() => process.umask(before));
    must(createConfigStore(home).change(withServer(server('a'))));
    assert.deepEqual([modeOf(home.config), modeOf(home.lock)], ['600', '600']);
  });
}

test('a fault of the edit is handed on and nothing is written', (t) => {
  const home = stateHome(t);
  const store = createConfigStore(home);
  const no = fault('server-exists', 'no', 'no');
  assert.deepEqual(
    store.change(() => failed(no)),
    failed(no),
  );
  assert.equal(existsSync(home.config), false);
});

test('a change to something invalid is refused and nothing is written', (t) => {
  const home = stateHome(t);
  const store = createConfigStore(home);
  must(store.change(withServer(server('a'))));
  const before = readFileSync(home.config);
  const refused = faultOf(store.change(withServer(server('a', { port: 0 }))));
  assert.equal(refused.code, 'config-invalid');
  assert.match(refused.message, /servers\[1\]\.port: must be between 1 and 65535/);
  assert.deepEqual(readFileSync(home.config), before);
});

const raw = (...servers: object[]): string => JSON.stringify({ version: 1, servers });

for (const [title, text, want] of [
  ['no JSON', '{\n  "version": 1,\n  "servers": [,]\n}', /line 3, column 15: a value is expected/],
  ['empty', '', /line 1, column 1: the file is empty/],
  ['a list', '[]', /must be an object/],
  ['no version', '{}', /version: must be 1/],
  ['a newer version', '{"version": 7}', /version: 7 is of a newer btrfleet/],
  ['an older version that never was', '{"version": 0}', /version: 0 never was/],
  ['a wrong type', '{"version": 1, "servers": {}}', /servers: /],
  ['a name twice', raw(server('a'), server('a')), /servers\[1\]\.name: a server named a is there already/],
  ['a name with a colon', raw(server('a:b')), /servers\[0\]\.name: must be 1 to 63/],
  [
    'two primaries',
    raw(server('a', { role: 'primary' }), server('b', { role: 'primary' })),
    /servers\[1\]\.role: a is the primary already/,
  ],
  ['a jump to nowhere', raw(server('a', { jump: 'x' })), /servers\[0\]\.jump: there is no server named x/],
  ['a jump to itself', raw(server('a', { jump: 'a' })), /circle: a → a/],
  [
    'jumps in a circle',
    raw(server('a', { jump: 'b' }), server('b', { jump: 'c' }), server('c', { jump: 'b' })),
    /servers\[0\]\.jump: goes round in a circle: a → b → c → b/,
  ],
  [
    'a relative mount',
    raw(server('a', { defaultMount: 'srv' })),
    /servers\[0\]\.defaultMount: must be an absolute path/,
  ],
  ['a port too high', raw(server('a', { port: 65_536 })), /servers\[0\]\.port: must be between 1 and 65535/],
  [
    'a host that is an option',
    raw(server('a', { host: '-oProxyCommand=x' })),
    /servers\[0\]\.host: must be one word/,
  ],
  ['an auth that is not known', raw({ ...server('a'), auth: { kind: 'magic' } }), /servers\[0\]\.auth/],
] as const) {
  test(`a broken file is told with where and why, and left as it is: ${title}`, (t) => {
    const home = stateHome(t);
    writeFileSync(home.config, text);
    const store = createConfigStore(home);
    for (const result of [store.read(), store.change(withServer(server('new')))]) {
      const fault = faultOf(result);
      assert.equal(fault.code, 'config-invalid');
      assert.match(fault.message, want);
    }
    assert.equal(readFileSync(home.config, 'utf8'), text);
    assert.deepEqual(readdirSync(home.directory).sort(), ['config.json', 'config.lock']);
  });
}

test('keys it does not know are told of and stay through changes', (t) => {
  const home = stateHome(t);
  const before = {
    version: 1,
    future: { x: [1] },
    servers: [
      { ...server('a'), colour: 'red' },
      { ...server('b'), auth: { kind: 'key', file: '/k', hint: 'h' }, colour: 'blue' },
    ],
    preferences: { stallSeconds: 60, theme: 'dark' },
  };
  writeFileSync(home.config, JSON.stringify(before));
  const store = createConfigStore(home);
  assert.deepEqual(
    must(store.read()).warnings.map((text) => text.split(' ')[0]),
    ['future', 'servers[0].colour', 'servers[1].auth.hint', 'servers[1].colour', 'preferences.theme'],
  );
  must(
    store.change((config) =>
      ok({
        ...config,
        servers: [
          server('new'),
          ...config.servers.filter(({ name }) => name === 'b').map((b) => ({ ...b, port: 2222 })),
        ],
      }),
    ),
  );
  assert.deepEqual(JSON.parse(readFileSync(home.config, 'utf8')), {
    ...EMPTY_CONFIG,
    ...before,
    preferences: { ...EMPTY_CONFIG.preferences, ...before.preferences },
    servers: [server('new'), { ...before.servers[1], port: 2222 }],
  });
});

test('leaves a link a link, and writes what it points at', (t) => {
  const home = stateHome(t);
  const real = join(home.directory, 'elsewhere.json');
  writeFileSync(real, '{"version":1}');
  symlinkSync(real, home.config);
  must(createConfigStore(home).change(withServer(server('a'))));
  assert.match(readFileSync(real, 'utf8'), /a\.example/);
});

test('sees what another one changed, and only then', (t) => {
  const home = stateHome(t);
  const mine = createConfigStore(home);
  const theirs = createConfigStore(home);
  const before = mine.version();
  assert.equal(mine.changed(before), false);
  must(mine.read());
  must(theirs.change(withServer(server('a'))));
  assert.equal(mine.changed(before), true);
  assert.equal(must(mine.read()).config.servers.length, 1);
});

test('writes atomically in a terminal that came as a snap too', (t) => {
  const home = stateHome(t);
  process.env['SNAP'] = '/snap/code/1';
  t.after(() => {
    delete process.env['SNAP'];
  });
  const store = createConfigStore(home);
  must(store.change(withServer(server('a'))));
  const before = store.version().split('.')[0];
  must(store.change(withServer(server('b'))));
  assert.notEqual(store.version().split('.')[0], before, 'the same inode: it was written in place');
  assert.equal(process.env['SNAP'], '/snap/code/1');
});

test('4 processes with 50 changes each lose none', async (t) => {
  const home = stateHome(t);
  const workers = ['a', 'b', 'c', 'd'].map((prefix) => startWorker('addServers', home, prefix, '50'));
  const done = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  await Promise.all(done);
  const names = must(createConfigStore(home).read()).config.servers.map(({ name }) => name);
  assert.equal(new Set(names).size, 200);
});

test('a process killed in the middle of changes leaves a valid file, no lock, and its rest is swept', async (t) => {
  const home = stateHome(t);
  const store = createConfigStore(home);
  for (let turn = 0; turn < 5; turn += 1) {
    const worker = startWorker('changeForever', home);
    await workerSays(worker, 'busy');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    assert.equal(must(store.read()).config.servers.length, 301);
  }
  writeFileSync(`${home.config}.tmp-1234567890abcdef`, 'half');
  must(store.change((config) => ok({ ...config, servers: [] })));
  assert.deepEqual(readdirSync(home.directory).sort(), ['config.json', 'config.lock']);
});

test('says who is in the way when the lock is not free within five seconds', async (t) => {
  const home = stateHome(t);
  const worker = startWorker('holdLock', home);
  t.after(() => worker.kill('SIGKILL'));
  await workerSays(worker, 'held');
  const fault = faultOf(createConfigStore(home).change(withServer(server('a'))));
  assert.equal(fault.code, 'locked');
  assert.equal(fault.retry, true);
});
