/** What the simulated btrfs sends is taken by the real one, and the other way round. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { BlockStore } from '../../../src/play/btrfs/block-store.ts';
import { Pool } from '../../../src/play/btrfs/pool.ts';
import { Receiver } from '../../../src/play/btrfs/receive.ts';
import { sendStream } from '../../../src/play/btrfs/send.ts';
import { bytesOf } from '../../../src/play/btrfs/tree.ts';
import { seeded } from '../../../src/play/story/random.ts';
import { MIB, START } from './one-machine.ts';

const may = (): boolean => {
  try {
    execFileSync('btrfs', ['--version'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
};

const run = (command: string, ...words: string[]): Buffer =>
  execFileSync(command, words, { maxBuffer: 64 * MIB, stdio: ['ignore', 'pipe', 'pipe'] });

const newPool = (): Pool =>
  new Pool({ size: 400 * MIB, device: '/dev/vdb', store: new BlockStore(), random: seeded(7), at: START });

function received(pool: Pool, stream: Uint8Array): void {
  const about = { pool, container: pool.top, parts: [], now: () => START, reaches: () => true };
  const receiver = new Receiver(about);
  for (let at = 0; at < stream.length; at += 9_999) receiver.push(stream.subarray(at, at + 9_999));
  receiver.finish();
}

const contentOf = (pool: Pool, path: string): Buffer => {
  const { node } = pool.place(path);
  assert.ok(node?.kind === 'file', path);
  return Buffer.from(bytesOf(node));
};

describe('with a real btrfs', { skip: !may() && 'needs root and btrfs-progs' }, () => {
  let directory = '';
  let mount = '';

  before(() => {
    directory = mkdtempSync('/var/tmp/play-streams-');
    mount = `${directory}/m`;
    mkdirSync(mount);
    run('truncate', '-s', '150M', `${directory}/image`);
    run('mkfs.btrfs', '-q', `${directory}/image`);
    run('mount', '-o', 'loop', `${directory}/image`, mount);
  });

  after(() => {
    try {
      run('umount', mount);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const take = (stream: Uint8Array): void => {
    execFileSync('btrfs', ['receive', '-q', mount], { input: stream, stdio: ['pipe', 'ignore', 'pipe'] });
  };

  test('it takes a full stream and an increment of ours', () => {
    const pool = newPool();
    const { store } = pool;
    pool.create('data', START);
    pool.mkdir('data/deep/er', START);
    pool.write('data/deep/big', store.synthetic(1, 3 * 49_152 + 100), START);
    pool.write('data/gone', store.synthetic(2, 10), START);
    pool.write('data/shorter', store.synthetic(3, 200_000), START);
    pool.change(pool.place('data').subvolume, START, (tree) => {
      tree.symlink('deep/big', ['link'], START);
      tree.describe(['gone'], { uid: 12, gid: 13, mode: 0o600 }, START);
    });
    const first = pool.snapshot('data', 's1', { readOnly: true, at: START });
    const at = START + 5000;
    pool.change(pool.place('data').subvolume, at, (tree) => {
      tree.unlink(['gone'], at);
      tree.truncate(['shorter'], 10_000, at);
      tree.truncate(['shorter'], 150_000, at);
      tree.write(['deep', 'big'], 60_000, Buffer.from('changed'), at);
      tree.rename(['deep', 'er'], ['moved'], at);
      tree.create(['sparse'], at);
      tree.write(['sparse'], 500_000, Buffer.from('end'), at);
    });
    const second = pool.snapshot('data', 's2', { readOnly: true, at });
    take(Buffer.concat([...sendStream({ snapshot: first, base: null, withoutData: false })]));
    take(Buffer.concat([...sendStream({ snapshot: second, base: first, withoutData: false })]));
    for (const path of [
      's1/deep/big',
      's1/gone',
      's1/shorter',
      's2/deep/big',
      's2/shorter',
      's2/sparse',
      's2/link',
    ])
      assert.ok(
        readFileSync(`${mount}/${path}`).equals(contentOf(pool, path.replace('link', 'deep/big'))),
        path,
      );
    const found = run('find', `${mount}/s2`, '-mindepth', '1', '-printf', '%P %y %m %T@\n').toString();
    const lines = found.trim().split('\n').toSorted();
    const later = (at / 1000).toFixed(10);
    assert.ok(lines.includes(`moved d 755 ${(START / 1000).toFixed(10)}`), found);
    assert.ok(lines.includes(`deep d 755 ${later}`), found);
    assert.equal(run('stat', '-c', '%u:%g %a', `${mount}/s1/gone`).toString(), '12:13 600\n');
    const shown = run('btrfs', 'subvolume', 'show', `${mount}/s2`).toString();
    assert.match(shown, new RegExp(`Received UUID: \t\t${second.uuid}\n`));
  });

  test('ours takes a full stream and an increment of it', () => {
    const source = `${mount}/source`;
    run('btrfs', 'subvolume', 'create', source);
    mkdirSync(`${source}/a/b`, { recursive: true });
    writeFileSync(`${source}/a/file`, 'x'.repeat(300_000));
    writeFileSync(`${source}/gone`, 'y');
    writeFileSync(`${source}/linked`, 'w'.repeat(70_000));
    linkSync(`${source}/linked`, `${source}/a/hard`);
    symlinkSync('a/file', `${source}/soft`);
    run('truncate', '-s', '2M', `${source}/a/sparse`);
    run('btrfs', 'subvolume', 'snapshot', '-r', source, `${mount}/r1`);
    writeFileSync(`${source}/a/file`, 'z'.repeat(1000), { flag: 'r+' });
    run('mv', `${source}/a/b`, `${source}/c`);
    run('mv', `${source}/a`, `${source}/A`);
    run('rm', `${source}/gone`);
    run('cp', '--reflink=always', `${source}/A/file`, `${source}/clone`);
    chmodSync(`${source}/c`, 0o700);
    run('btrfs', 'subvolume', 'snapshot', '-r', source, `${mount}/r2`);
    const pool = newPool();
    received(pool, run('btrfs', 'send', '-q', `${mount}/r1`));
    received(pool, run('btrfs', 'send', '-q', '-p', `${mount}/r1`, `${mount}/r2`));
    for (const path of [
      'r1/a/file',
      'r1/a/hard',
      'r2/linked',
      'r2/A/hard',
      'r1/gone',
      'r1/a/sparse',
      'r2/A/file',
      'r2/clone',
      'r2/A/sparse',
    ])
      assert.ok(contentOf(pool, path).equals(readFileSync(`${mount}/${path}`)), path);
    assert.equal(pool.place('r2/c').node?.mode, 0o700);
    assert.equal(pool.place('r2/gone').node, undefined);
    const shown = run('btrfs', 'subvolume', 'show', `${mount}/r2`).toString();
    const made = pool.place('r2').subvolume;
    assert.ok(shown.includes(`\tUUID: \t\t\t${made.receivedUuid}\n`));
    assert.ok(made.readOnly);
  });
});
