import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../../src/core/model/command.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { ok } from '../../../../src/core/model/result.ts';
import {
  batchesOf,
  type Deleting,
  deleteTogether,
} from '../../../../src/core/run/deletion/delete-together.ts';

/**
 * A server with these subvolumes, name → uuid; `stuck` ones are refused, and one `mute` about it is not deleted. `lists`: what
 * it says to a list instead of the truth.
 */
function serverWith(
  there: Map<string, string>,
  stuck: ReadonlySet<string>,
  mute: ReadonlySet<string>,
  lists = (nonce: string, first: string) => listed(nonce, there, first),
) {
  const asked: string[] = [];
  const run = ({ argv }: Command, { input = '' }: { input?: string } = {}) => {
    if (argv[3] === 'btrfleet-beside') {
      const first = argv[6] ?? '';
      asked.push(first === '' ? 'list' : `list by ${first}`);
      return ok({ code: 0, stdout: lists(input.trim(), first), stderr: '' });
    }
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

/** As the lists of a filesystem on which they all lie in `snaps`. */
function listed(nonce: string, there: ReadonlyMap<string, string>, first: string): string {
  const all = [...there]
    .map(([path, uuid]) => ({ id: 257 + Number(uuid.at(-1)), uuid, path: `snaps${path}` }))
    .sort((one, other) => one.id - other.id);
  const lines = {
    ascending: all.map(
      ({ id, uuid, path }) =>
        `ID ${id} gen 9 cgen 9 parent 5 top level 5 parent_uuid - received_uuid - uuid ${uuid} path ${path}`,
    ),
    readonly: all.map(({ id, path }) => `ID ${id} gen 9 top level 5 path ${path}`),
    descending: all
      .map(({ id, path }) => `ID ${id} gen 9 top level 5 received_uuid - path ${path}`)
      .reverse(),
  };
  const section = (name: string, text: string): string => `${nonce} ${name}\n${text}\n${nonce} end 0\n`;
  const parts = Object.entries(lines).map(([name, list]) => section(name, list.join('\n')));
  if (first === '') return parts[0] ?? '';
  return [section('show', shown(`/${first}`, there.get(`/${first}`) ?? '')), ...parts].join('');
}

const shown = (path: string, uuid: string): string =>
  [
    path,
    `\tName: \t\t\t${path.slice(1)}`,
    `\tUUID: \t\t\t${uuid}`,
    '\tParent UUID: \t\t-',
    '\tReceived UUID: \t\t-',
    '\tCreation time: \t\t2026-11-20 08:05:01 +0000',
    `\tSubvolume ID: \t\t${257 + Number(uuid.at(-1))}`,
    '\tGeneration: \t\t9',
    '\tGen at creation: \t9',
    '\tParent ID: \t\t5',
    '\tTop level ID: \t\t5',
    '\tFlags: \t\t\treadonly',
  ].join('\n');

const uuid = (index: number): string => `00000000-0000-4000-8000-00000000000${index}`;

const PATHS = ['/a', '/b', '/c', '/d'];
const NONE: ReadonlySet<string> = new Set();
const allThere = (): Map<string, string> => new Map(PATHS.map((path, index) => [path, uuid(index)]));

/** What becomes of these, what is forgotten, and what the server was asked. */
async function deleted(
  { host, asked }: ReturnType<typeof serverWith>,
  paths: readonly string[] = PATHS,
  more: Partial<Deleting> = {},
) {
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
  const ends = await deleteTogether(host as never, chosen as never, context as never, {
    automatic: true,
    ...more,
  });
  return { ends: ends.map(({ path, fault: why }) => `${path} ${why?.code ?? 'deleted'}`), forgotten, asked };
}

test('each has an answer of its own: deleted, refused, replaced by another one, and never by words alone', async () => {
  const there = allThere().set('/c', uuid(9));
  const { ends, forgotten, asked } = await deleted(serverWith(there, new Set(['/b']), new Set(['/d'])));
  assert.deepEqual(ends, ['/a deleted', '/b locked', '/c no-such-snapshot', '/d command-failed']);
  assert.deepEqual(forgotten, ['/a']);
  assert.equal(there.get('/c'), uuid(9));
  assert.deepEqual(asked.slice(0, 5), ['list by a', 'look 1', 'delete 3', 'list', 'look 2']);
});

test('a run that may not go on by then deletes nothing, and says why of each', async () => {
  const there = allThere();
  const whyStopped = () => fault('interrupted', 'm', 'h');
  const { ends, asked } = await deleted(serverWith(there, NONE, NONE), PATHS, { whyStopped });
  assert.deepEqual(
    ends,
    PATHS.map((path) => `${path} interrupted`),
  );
  assert.deepEqual([asked, there.size], [['list by a'], 4]);
});

test('where all is well a list before and one after are enough', async () => {
  const there = allThere().set('/kept', uuid(8));
  const { ends, asked } = await deleted(serverWith(there, NONE, NONE));
  assert.deepEqual(ends, ['/a deleted', '/b deleted', '/c deleted', '/d deleted']);
  assert.deepEqual(asked, ['list by a', 'delete 4', 'list']);
});

test('lists that say nothing for sure are not believed: each is shown', async () => {
  for (const lists of [
    () => '',
    // Cut short; and not of the filesystem of what was shown.
    (nonce: string, first: string) => listed(nonce, allThere(), first).slice(0, -30),
    (nonce: string, first: string) =>
      listed(nonce, allThere(), first).replaceAll(`uuid ${uuid(0)}`, 'uuid -'),
  ]) {
    const { ends, asked } = await deleted(serverWith(allThere(), NONE, NONE, lists));
    assert.deepEqual(ends, ['/a deleted', '/b deleted', '/c deleted', '/d deleted']);
    assert.deepEqual(asked, ['list by a', 'look 4', 'delete 4', 'look 4']);
  }
});

test('that a list of another filesystem does not have them is no proof that they are deleted', async () => {
  // Their replicas have the uuids of what stayed, as received ones.
  const replica = `ID 257 gen 9 cgen 9 parent 5 top level 5 parent_uuid - received_uuid ${uuid(8)} uuid ${uuid(7)} path snaps/kept`;
  for (const elsewhere of [
    (nonce: string) => listed(nonce, new Map(), ''),
    (nonce: string) => `${nonce} ascending\n${replica}\n${nonce} end 0\n`,
  ]) {
    const there = allThere().set('/kept', uuid(8));
    const lists = (nonce: string, first: string) =>
      first === '' ? elsewhere(nonce) : listed(nonce, there, first);
    const { ends, forgotten } = await deleted(serverWith(there, NONE, new Set(PATHS), lists));
    assert.deepEqual(
      ends,
      PATHS.map((path) => `${path} command-failed`),
    );
    assert.deepEqual(forgotten, []);
  }
});

test('what the lists show as writable stays', async () => {
  const there = allThere();
  const lists = (nonce: string, first: string) =>
    listed(nonce, there, first).replace(/^ID 258 gen 9 top level 5 path .*\n/m, '');
  const { ends } = await deleted(serverWith(there, NONE, NONE, lists));
  assert.deepEqual(ends, ['/a deleted', '/b refused', '/c deleted', '/d deleted']);
  assert.deepEqual([...there.keys()], ['/b']);
});

test('what is deleted in one go is few, and short enough for a command line', () => {
  const sizes = (count: number, length: number): number[] =>
    batchesOf(Array<string>(count).fill('x'.repeat(length)), (path) => path).map((batch) => batch.length);
  assert.deepEqual(sizes(65, 80), [32, 32, 1]);
  assert.deepEqual(sizes(5, 4000), [4, 1]);
  assert.deepEqual(sizes(2, 20_000), [1, 1]);
  assert.deepEqual(sizes(0, 1), []);
});
