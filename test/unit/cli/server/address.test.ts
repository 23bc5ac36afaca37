/** `server add` and `server edit` take an address apart, or refuse it before anything is stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServerOptions, serverAdd, serverEdit } from '../../../../src/cli/server/changes.ts';
import { desk } from '../desk.ts';

const added = (options: ServerOptions) => (context: Parameters<typeof serverAdd>[0]) =>
  serverAdd(context, 'new', { agent: true, ...options });

for (const [options, want] of [
  [{ host: '10.0.0.1:2222', user: 'root' }, ['10.0.0.1', 2222, 'root']],
  [{ host: 'root@backup1' }, ['backup1', 22, 'root']],
  [{ host: '[::1]', user: 'root' }, ['::1', 22, 'root']],
  [{ host: '[::1]:2222', user: 'root', port: '2222' }, ['::1', 2222, 'root']],
  [{ host: 'ssh://root@backup1:2222' }, ['backup1', 2222, 'root']],
] as const)
  test(`add --host ${options.host} is ${want.join(' ')}`, async (t) => {
    const at = desk(t);
    assert.equal((await at.said(added(options))).code, 0);
    const server = at.config().servers.find(({ name }) => name === 'new');
    assert.deepEqual([server?.host, server?.port, server?.user], want);
  });

for (const [options, why] of [
  [{ host: 'backup1:2222', user: 'root', port: '22' }, /the host says port 2222, the port says 22/],
  [{ host: 'me@backup1', user: 'root' }, /the host says user me, the user says root/],
  [{ host: 'backup1:/srv', user: 'root' }, /a path does not belong here/],
  [{ host: 'root:secret@backup1' }, /no password/],
] as const)
  test(`add --host ${options.host} is refused, and nothing is stored`, async (t) => {
    const at = desk(t);
    const { code, err } = await at.said(added(options));
    assert.equal(code, 2);
    assert.match(err, why);
    assert.doesNotMatch(err, /secret/);
    assert.equal(
      at.config().servers.some(({ name }) => name === 'new'),
      false,
    );
  });

test('edit --host changes port and user only where it names them', async (t) => {
  const at = desk(t);
  const edited = async (options: ServerOptions) => {
    assert.equal((await at.said((context) => serverEdit(context, 'b', options))).code, 0);
    const { host, port, user } = at.config().servers.find(({ name }) => name === 'b') ?? {};
    return [host, port, user];
  };
  assert.deepEqual(await edited({ host: 'me@backup1:2222' }), ['backup1', 2222, 'me']);
  assert.deepEqual(await edited({ host: 'backup2' }), ['backup2', 2222, 'me']);
});

for (const options of [{ trustFirst: true }, { trust: `SHA256:${'A'.repeat(43)}` }])
  test(`add ${JSON.stringify(options)} of a server that is off: it is added, and said not to be trusted`, async (t) => {
    const at = desk(t);
    const { code, err } = await at.said(added({ host: '127.0.0.1', port: '1', user: 'root', ...options }));
    assert.equal(code, 0);
    assert.match(err, /new is added, but showed no host key: .+ cannot be reached/);
    assert.match(err, /not trusted yet\. Next: btrfleet server trust new/);
    assert.ok(at.config().servers.some(({ name }) => name === 'new'));
  });
