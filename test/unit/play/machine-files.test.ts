/** Files of a simulated machine: where paths lead, what a snapshot keeps, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Errno } from '../../../src/play/errno.ts';
import { toText } from '../../../src/play/files/open-file.ts';
import { MIB, oneMachine, START } from './one-machine.ts';

const never = new AbortController().signal;

function withData() {
  const one = oneMachine();
  one.pool.create('data', START);
  const write = async (path: string, text: string, how: 'write' | 'append' = 'write'): Promise<void> => {
    const file = one.files.open(path, how);
    await file.write(one.text(text), never);
    file.release();
  };
  const read = (path: string): string => toText(one.files.readFile(path));
  const refused = (act: () => unknown): string => {
    try {
      act();
      return 'done';
    } catch (error) {
      return error instanceof Errno ? error.code : String(error);
    }
  };
  return { ...one, write, read, refused };
}

test('what is written is read, on the root and in a subvolume; a snapshot keeps what was', async () => {
  const { files, pool, write, read, refused } = withData();
  await write('/tmp/a', 'one\n');
  await write('/tmp/a', 'two\n', 'append');
  assert.equal(read('/tmp/a'), 'one\ntwo\n');
  await write('/pool/data/f', 'before');
  pool.snapshot('data', 's', { readOnly: true, at: START });
  await write('/pool/data/f', 'after');
  assert.deepEqual([read('/pool/data/f'), read('/pool/s/f')], ['after', 'before']);
  assert.deepEqual(files.list('/pool').toSorted(), ['data', 's']);
  for (const [what, act, want] of [
    ['write into a snapshot', () => files.open('/pool/s/f', 'write'), 'EROFS'],
    ['append to one', () => files.open('/pool/s/f', 'append'), 'EROFS'],
    ['mkdir that is there', () => files.mkdir('/pool/s'), 'EEXIST'],
    ['mkdir in a snapshot', () => files.mkdir('/pool/s/d'), 'EROFS'],
    ['out of a subvolume', () => files.rename('/pool/data/f', '/pool/f'), 'EXDEV'],
    ['to another filesystem', () => files.rename('/pool/data/f', '/tmp/f'), 'EXDEV'],
    ['a mount point', () => files.rename('/pool', '/tmp/pool'), 'EXDEV'],
    ['a read-only subvolume elsewhere', () => files.rename('/pool/s', '/pool/data/s'), 'EROFS'],
    ['rmdir of what is full', () => files.rmdir('/pool/s'), 'ENOTEMPTY'],
    ['nothing there', () => files.readFile('/pool/none/f'), 'ENOENT'],
    ['through a file', () => files.stat('/tmp/a/b'), 'ENOTDIR'],
    ['what is made up', () => files.mkdir('/proc/x'), 'EPERM'],
  ] as const)
    assert.equal(refused(act), want, what);
});

test('a subvolume is renamed with what lies in it, and is an empty directory in a snapshot', () => {
  const { files, pool } = withData();
  pool.mkdir('data/d', START);
  pool.create('data/d/inner', START);
  pool.write('data/d/inner/f', Buffer.from('x'), START);
  pool.snapshot('data', 's', { readOnly: true, at: START });
  files.rename('/pool/data/d', '/pool/data/e');
  assert.deepEqual(files.list('/pool/data/e/inner'), ['f']);
  assert.equal(pool.subvolumes.find(({ id }) => id === 257)?.path, 'data/e/inner');
  assert.deepEqual([files.list('/pool/s/d/inner'), files.stat('/pool/s/d/inner').ino], [[], 2]);
  files.rename('/pool/data/e/inner', '/pool/out');
  assert.equal(pool.subvolumes.find(({ id }) => id === 257)?.path, 'out');
  assert.deepEqual(files.list('/pool/out'), ['f']);
});

test('symlinks are followed across mounts, and only so often', () => {
  const { files, pool, refused } = withData();
  files.mount(pool, 'data', '/srv/data');
  pool.write('data/f', Buffer.from('x'), START);
  files.symlink('../srv/data', '/tmp/link');
  files.symlink('/tmp/link/f', '/pool/far');
  assert.equal(files.realpath('/pool/far'), '/srv/data/f');
  assert.deepEqual([files.lstat('/pool/far').kind, files.readlink('/tmp/link')], ['symlink', '../srv/data']);
  files.symlink('/tmp/round', '/tmp/round');
  assert.equal(
    refused(() => files.stat('/tmp/round')),
    'ELOOP',
  );
  assert.equal(files.stat('/srv/data').device, files.stat('/pool/data').device);
});

test('mounts hide what is below, and are told as the kernel tells them', () => {
  const { files, pool, clock } = withData();
  pool.create('ot her', START);
  files.mount(pool, 'ot her', '/mnt/a b', true);
  files.mount(pool, 'data', '/mnt');
  assert.deepEqual(files.list('/mnt'), []);
  files.unmount('/mnt');
  assert.deepEqual(files.list('/mnt'), ['a b']);
  const [, , line] = toText(files.readFile('/proc/self/mountinfo')).split('\n');
  const options = 'rw,discard=async,space_cache=v2,subvolid=257,subvol=/ot\\040her';
  assert.equal(line, `3 1 0:40 /ot\\040her /mnt/a\\040b ro,relatime - btrfs /dev/vdb ${options}`);
  clock.now += 61_230;
  assert.match(toText(files.readFile('/proc/uptime')), /^61\.23 /);
  assert.deepEqual(files.list(`/sys/fs/btrfs/${pool.uuid}/devices`), ['vdb']);
});

test('a full filesystem refuses data and takes it again when something was deleted', async () => {
  const { files, pool, store, refused, write } = withData();
  pool.write('data/big', store.synthetic(1, 20 * MIB), START);
  pool.ledger.fill(5 * MIB);
  const more = (): void => pool.write('data/more', store.synthetic(2, 6 * MIB), START);
  assert.equal(refused(more), 'ENOSPC');
  const file = files.open('/pool/data/small', 'write');
  await assert.rejects(file.write(new Uint8Array(6 * MIB), never), { code: 'ENOSPC' });
  files.unlink('/pool/data/big');
  assert.equal(refused(more), 'done');
  await write('/pool/data/small', 'x');
});

test('hundreds of snapshots of a large tree take next to nothing', () => {
  const { pool, store } = oneMachine({ size: 4000 * MIB });
  pool.create('data', START);
  for (let index = 0; index < 200; index++)
    pool.write(`data/f${index}`, store.synthetic(index, 5 * MIB), START);
  for (let index = 0; index < 500; index++) {
    pool.write('data/f0', store.synthetic(1000 + index, 100_000), START);
    pool.snapshot('data', `s${index}`, { readOnly: true, at: START });
  }
  const { data } = pool.usage();
  assert.ok(data.used < 1060 * MIB, String(data.used));
  assert.ok(data.used > 1040 * MIB, String(data.used));
});
