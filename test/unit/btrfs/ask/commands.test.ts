import assert from 'node:assert/strict';
import test from 'node:test';
import {
  deleteSubvolumeCommand,
  estimateCommand,
  PRIVILEGED,
  RECEIVE_WORDS,
  removeDirectoryCommand,
  sendCommand,
  showCommand,
  sudoersLines,
} from '../../../../src/core/btrfs/ask/commands.ts';
import type { Command } from '../../../../src/core/model/command.ts';

const S = '/a b/s';
const B = '/-b';
const COMMANDS: readonly (readonly [string, Command, string])[] = [
  ['full', sendCommand({ snapshot: S, base: null, compress: false }), 'btrfs send -q -- /a b/s'],
  ['incremental', sendCommand({ snapshot: S, base: B, compress: false }), 'btrfs send -q -p /-b -- /a b/s'],
  [
    'compressed',
    sendCommand({ snapshot: S, base: B, compress: true }),
    'btrfs send -q --proto 2 --compressed-data -p /-b -- /a b/s',
  ],
  [
    'estimate',
    estimateCommand({ snapshot: S, base: B, compress: true }),
    'btrfs send -q --no-data --proto 2 --compressed-data -p /-b -- /a b/s',
  ],
];

/** Run by scripts, in the directory a path lies in. */
const IN_PLACE: readonly (readonly [string, readonly string[], string])[] = [
  ['delete', deleteSubvolumeCommand([], '/a/b').argv.slice(-4), 'btrfs subvolume delete --'],
  ['show', showCommand([], '/a/b').argv.slice(-4), 'btrfs subvolume show --'],
  ['rmdir', removeDirectoryCommand([], '/a/b').argv.slice(-2), 'rmdir --'],
  ['receive', RECEIVE_WORDS, 'btrfs receive -q --'],
];

for (const [title, words, want] of IN_PLACE)
  test(`words of ${title}, before a path`, () => assert.equal(words.join(' '), want));

for (const [title, command, want] of COMMANDS) {
  test(`words of ${title}`, () => {
    assert.equal(command.argv.join(' '), want);
    assert.equal(command.root, true);
  });
}

/** sudo matches the arguments after the path as one string, `*` standing for anything. */
const permits = (line: string, argv: readonly string[]): boolean =>
  line
    .slice(line.indexOf('= ') + 2)
    .split(', ')
    .some((rule) => {
      const pattern = rule
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*');
      return new RegExp(`^${pattern}$`).test(`/usr/bin/${argv.join(' ')}`);
    });

test('the sudoers lines permit every privileged command, and not what runs without', () => {
  const [alias = '', user] = sudoersLines('backup');
  assert.equal(user, 'backup ALL=(root) NOPASSWD: BTRFLEET');
  for (const argv of [
    ...PRIVILEGED,
    ...COMMANDS.map(([, command]) => command.argv),
    ...IN_PLACE.map(([, words]) => [...words, './b']),
  ]) {
    assert.ok(permits(alias, argv), argv.join(' '));
  }
  for (const words of [
    'flock /a',
    'cat /a',
    'find /',
    'mkdir /a',
    'rmdir -p -- /',
    'btrfs filesystem show /',
  ]) {
    assert.ok(!permits(alias, words.split(' ')), words);
  }
});
