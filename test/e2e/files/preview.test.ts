/** The beginning of a file in a snapshot: as it is there, no more of it, through no link, waiting for no pipe. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FilePreview } from '../../../src/core/model/files.ts';
import type { Result } from '../../../src/core/model/result.ts';
import { locateTree } from '../../../src/core/run/files/locate.ts';
import { previewFile } from '../../../src/core/run/files/preview.ts';
import { wireFleet } from '../../../src/process/wiring.ts';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';
import { stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('preview', { servers: 2, profile: { b: 'busybox' } });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['bash', '-ec', script]);

const data = '/srv/pool/data';
await on(`btrfs subvolume create ${data} && cd ${data} && mkdir docs closed && btrfs subvolume create inner
  printf 'one\\n\\ttwo\\r\\n\\e[31mred\\n' >docs/letter && head -c 1000 /dev/urandom >noise && : >empty
  seq 1 100000 >long && ln -s docs/letter link && ln -s docs way && mkfifo pipe && echo x >$'-rf \\xff\\n$(id)'
  echo secret >closed/secret && chmod 700 closed && echo hidden >hidden && chmod 600 hidden`);
const name = await fleet.snapshot(data);
assert.equal((await fleet.replicate('full', data, name, '--to', 'b')).code, 0);

const wired = wireFleet(stateOf(fleet));
assert.ok(wired.ok);
after(() => wired.value.close());
const signal = AbortSignal.timeout(120_000);

async function preview(server: string, path: string, sizeBytes: number): Promise<Result<FilePreview>> {
  const wish = { subvolume: data, snapshot: name, server };
  const tree = await locateTree(wired.ok ? wired.value.fleet : assert.fail(), wish, signal);
  return tree.ok ? previewFile(tree.value, { path, sizeBytes }, signal) : tree;
}

const sizeOf = async (path: string): Promise<number> =>
  Number(await on(`cd ${data} && stat -c %s -- ${path}`));
const told = async (server: string, path: string, size: number) => {
  const read = await preview(server, path, size);
  return read.ok ? read.value : read.fault.code;
};

for (const server of ['a', 'b']) {
  test(`what is in files on ${server}`, async () => {
    assert.deepEqual(await told(server, 'docs/letter', await sizeOf('docs/letter')), {
      lines: ['one', '        two', '\\u{1b}[31mred'],
      readBytes: await sizeOf('docs/letter'),
      isWhole: true,
    });
    const odd = await told(server, '-rf \udcff\n$(id)', 2);
    assert.deepEqual(odd, { lines: ['x'], readBytes: 2, isWhole: true });
    assert.deepEqual(await told(server, 'noise', 1000), { lines: null, readBytes: 1000, isWhole: true });
    assert.deepEqual(await told(server, 'empty', 0), { lines: [], readBytes: 0, isWhole: true });
  });

  test(`of a long one the beginning alone crosses the line, on ${server}`, async () => {
    const size = await sizeOf('long');
    const read = await told(server, 'long', size);
    assert.ok(typeof read === 'object');
    assert.deepEqual([read.readBytes, read.isWhole, read.lines?.[12_000]], [65_536, false, '12001']);
  });

  test(`nothing is followed or waited for, on ${server}`, async () => {
    assert.equal(await told(server, 'link', 11), 'unsafe-path');
    assert.equal(await told(server, 'way/letter', 3), 'unsafe-path');
    assert.equal(await told(server, 'none', 3), 'no-such-file');
    assert.equal(await told(server, 'docs', 3), 'no-such-file');
    assert.equal(await told(server, 'pipe', 3), 'no-such-file');
  });
}

test('what the login may not read is said', async () => {
  await fleet.ok(serverAdd('s', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']));
  await fleet.ok(['server', 'promote', 's']);
  assert.equal(await told('s', 'hidden', 7), 'not-readable');
  assert.equal(await told('s', 'closed/secret', 7), 'not-readable');
});
