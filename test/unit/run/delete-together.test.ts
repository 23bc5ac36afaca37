import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../src/core/model/command.ts';
import { ok } from '../../../src/core/model/result.ts';
import { batchesOf, deleteTogether } from '../../../src/core/run/delete-together.ts';

/** A server with these subvolumes, name → uuid; `stuck` ones are refused, and one `mute` about it is not deleted. */
function serverWith(there: Map<string, string>, stuck: ReadonlySet<string>, mute: ReadonlySet<string>) {
  const asked: string[] = [];
  const run = ({ argv }: Command, { input = '' }: { input?: string } = {}) => {
    if (argv[3] === 'btrfleet-show') {
      const nonce = input.trim();
      const parts = argv.slice(5).map((path, index) => {
        const uuid = there.get(path);
        const text = uuid === undefined ? '' : shown(path, uuid);
        const said =
          uuid === undefined
            ? `\n${nonce} said\nERROR: cannot find real path for '${path}': No such file or directory`
            : '';
        return `${nonce} show ${index}\n${text}${said}\n${nonce} end ${uuid === undefined ? 1 : 0}\n`;
      });
      asked.push(`look ${argv.length - 5}`);
      return ok({ code: 0, stdout: parts.join(''), stderr: '' });
    }
    // In their directory: sudo words, how many, the paths, and then the words of the command.
    const paths = argv.slice(6, 6 + Number(argv[5]));
    asked.push(`delete ${paths.length}`);
    for (const path of paths) if (!stuck.has(path) && !mute.has(path)) there.delete(path);
    const isRefused = paths.some((path) => stuck.has(path));
    const stderr = isRefused ? 'ERROR: Could not destroy subvolume/snapshot: Operation not permitted' : '';
    return ok({ code: isRefused ? 1 : 0, stdout: '', stderr });
  };
  return { asked, host: { server: { name: 'a' }, facts: { sudo: [], sudoers: [] }, run } };
}

const shown = (path: string, uuid: string): string =>
  [
    path,
    `\tName: \t\t\t${path.slice(1)}`,
    `\tUUID: \t\t\t${uuid}`,
    '\tParent UUID: \t\t-',
    '\tReceived UUID: \t\t-',
    '\tCreation time: \t\t2026-11-20 08:05:01 +0000',
    '\tSubvolume ID: \t\t257',
    '\tGeneration: \t\t9',
    '\tGen at creation: \t9',
    '\tParent ID: \t\t5',
    '\tTop level ID: \t\t5',
    '\tFlags: \t\t\treadonly',
  ].join('\n');

const uuid = (index: number): string => `00000000-0000-4000-8000-00000000000${index}`;

test('each has an answer of its own: deleted, refused, replaced by another one, and never by words alone', async () => {
  const paths = ['/a', '/b', '/c', '/d'];
  const there = new Map(paths.map((path, index) => [path, uuid(path === '/c' ? 9 : index)]));
  const { host, asked } = serverWith(there, new Set(['/b']), new Set(['/d']));
  const forgotten: string[] = [];
  const context = {
    signal: new AbortController().signal,
    fleet: {
      nonce: () => 'NONCE',
      config: { read: () => ok({ config: { holds: [] }, warnings: [] }) },
      journal: { forgetReplica: (_: string, path: string) => forgotten.push(path) },
    },
  };
  const chosen = paths.map((path, index) => ({
    ...{ name: path, filesystem: null },
    snapshot: { name: path, path, uuid: uuid(index), originId: uuid(index), state: 'complete' },
  }));
  const ends = await deleteTogether(host as never, chosen as never, context as never, { automatic: true });
  assert.deepEqual(
    ends.map(({ path, status, fault: why }) => [path, status, why?.code ?? null]),
    [
      ['/a', 'deleted', null],
      ['/b', 'failed', 'locked'],
      ['/c', 'failed', 'no-such-snapshot'],
      ['/d', 'failed', 'command-failed'],
    ],
  );
  assert.deepEqual(forgotten, ['/a']);
  assert.equal(there.get('/c'), uuid(9));
  assert.deepEqual(asked.slice(0, 3), ['look 4', 'delete 3', 'look 3']);
});

test('what is deleted in one go is few, and short enough for a command line', () => {
  const sizes = (count: number, length: number): number[] =>
    batchesOf(Array<string>(count).fill('x'.repeat(length)), (path) => path).map((batch) => batch.length);
  assert.deepEqual(sizes(33, 80), [16, 16, 1]);
  assert.deepEqual(sizes(5, 4000), [4, 1]);
  assert.deepEqual(sizes(2, 20_000), [1, 1]);
  assert.deepEqual(sizes(0, 1), []);
});
