/** Looking into snapshots, also on simulated servers: one directory, all versions of a file, a name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('files', { servers: 2, size: '300M' });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-c', script]);

const data = await fleet.subvolume('/srv/pool/data');
await on(`cd ${data} && mkdir docs && echo one >docs/letter && ln -s docs/letter link`);
const first = await fleet.snapshot(data);
await on(`echo two and more >${data}/docs/letter`);
const second = await fleet.snapshot(data);
await on(`rm ${data}/docs/letter`);
assert.equal((await fleet.replicate('auto', data, '--to', 'b', '--all')).code, 0);

interface Page {
  readonly files: readonly { readonly path: string; readonly type: string; readonly target: string | null }[];
  readonly notes: readonly unknown[];
}

for (const server of ['a', 'b']) {
  test(`browsing on ${server}`, async () => {
    const root = await fleet.ok<Page>(['snapshot', 'browse', data, first, '--server', server]);
    assert.deepEqual(
      root.files.map(({ path, type, target }) => [path, type, target]),
      [
        ['data.bin', 'file', null],
        ['docs', 'directory', null],
        ['link', 'link', 'docs/letter'],
      ],
    );
    assert.deepEqual(root.notes, []);
    const docs = await fleet.ok<Page>(['snapshot', 'browse', data, first, 'docs', '--server', server]);
    assert.deepEqual(
      docs.files.map(({ path }) => path),
      ['docs/letter'],
    );
    const gone = await fleet.fault('snapshot', 'browse', data, first, 'docs/none', '--server', server);
    assert.equal(gone.fault.code, 'no-such-file');
  });
}

test('versions of a file that is gone, on both servers', async () => {
  const { now, versions } = await fleet.ok<{
    readonly now: string;
    readonly versions: readonly { readonly seenIn: readonly unknown[]; readonly hash: string | null }[];
  }>(['snapshot', 'versions', `${data}/docs/letter`, '--hash']);
  assert.equal(now, 'not-there');
  assert.deepEqual(
    versions.map(({ seenIn }) => seenIn),
    [second, first].map((name) => [
      { server: 'a', snapshots: [name] },
      { server: 'b', snapshots: [name] },
    ]),
  );
  for (const { hash } of versions) assert.match(hash ?? '', /^[0-9a-f]{64}$/);
});

test('finding a name', async () => {
  const found = await fleet.ok<{
    readonly complete: boolean;
    readonly matches: readonly { readonly path: string; readonly snapshots: readonly string[] }[];
  }>(['snapshot', 'find', 'let*', data]);
  assert.equal(found.complete, true);
  assert.deepEqual(
    found.matches.map(({ path, snapshots }) => [path, snapshots]),
    [['docs/letter', [second, first]]],
  );
});
