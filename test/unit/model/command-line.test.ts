/** What people are told to type is read back by a shell as what was meant, whatever a path is called. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { command, quoteWord } from '../../../src/core/model/command-line.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { type Finding, finding } from '../../../src/core/model/status/finding.ts';
import { findMount } from '../../../src/core/plan/catalog/target.ts';
import { noSnapshots } from '../../../src/core/plan/replication/replication.ts';
import { whyKept } from '../../../src/core/plan/retention/why-kept.ts';
import { sendingTo } from '../../../src/core/plan/status/health-missing.ts';
import { primaryFindings } from '../../../src/core/plan/status/health-primary.ts';
import { noSuchSnapshot } from '../../../src/core/run/status/health-subject.ts';
import { findingWords } from '../../../src/text/words/finding.ts';
import { look, pool, server } from '../plan/health-notation.ts';

const HOSTILE = `/srv/we ird "q' $(touch pwn) \`id\` ü; &| *`;

const snapshot = (state: Snapshot['state']): Snapshot => ({
  ...{ name: 'n', path: HOSTILE, uuid: 'u', receivedUuid: null, originId: 'u' },
  ...{ createdAt: null, readOnly: true, state },
});

const hold = { originId: 'u', subvolume: HOSTILE, name: 'n', note: null, heldAt: '' };

const question = {
  ...{ subvolume: HOSTILE, isNamed: false, wanted: null, tasks: [], servers: [], makers: [] },
  ...{ restores: [], verifications: [], promised: null, scrubs: new Map(), sizes: new Map(), now: 0 },
  primary: { server: 'a', source: null, isGone: false, fault: null, seenAt: null },
};

const primary = {
  status: 'missing' as const,
  ...{ server: 'a', uuid: null, receivedUuid: null, createdAt: null, ageSeconds: null },
  ...{
    snapshots: 0,
    foreignSnapshots: 0,
    referencedBytes: null,
    exclusiveBytes: null,
    seenAt: null,
    fault: null,
  },
};

const hintOf = (why: Fault | null): string => why?.hint ?? '';
const hintsOf = (found: readonly Finding[]): string => found.map((one) => findingWords(one).hint).join();
const sentTo = (where: string | null): string => {
  const facts = { snapshot: 'n', sending: sendingTo(question, where) };
  return hintsOf([finding('not-there', 'degraded', { subvolume: HOSTILE, where }, facts)]);
};
const two = look('b', pool('b', '', {}, HOSTILE), pool('b', '', {}, '/x'));
const ambiguous = findMount(server('b'), two, null);

for (const [title, hint] of [
  ['no such snapshot', hintOf(noSuchSnapshot(HOSTILE, 'n'))],
  ['no snapshots', hintOf(noSnapshots(HOSTILE))],
  ['held', hintOf(whyKept(snapshot('complete'), 'b', [hold]))],
  ['foreign', hintOf(whyKept(snapshot('foreign'), 'b', []))],
  ['several filesystems', ambiguous.ok ? '' : ambiguous.fault.hint],
  ['nothing on the primary', hintsOf(primaryFindings(primary, question))],
  [
    'lost',
    hintsOf(primaryFindings(primary, { ...question, primary: { ...question.primary, isGone: true } })),
  ],
  ['missing', sentTo(`b:${HOSTILE}`)],
  ['missing anywhere', sentTo(null)],
] as const) {
  test(`a shell reads the path in a hint as it is: ${title}`, () => {
    const from = hint.search(/btrfleet (?:snapshot|server|replicate)|btrfs /);
    assert.ok(from >= 0, hint);
    // What follows the command in the sentence: the quote it stands in is the first one that no word of it holds.
    const line = hint.slice(from);
    const word = quoteWord(HOSTILE);
    const target = quoteWord(`b:${HOSTILE}`);
    const at = line.includes(target) ? target : word;
    assert.ok(line.includes(at), line);
    const end = line.indexOf('"', line.indexOf(at) + at.length);
    const shell = `btrfleet() { printf '%s\\n' "$@"; }; btrfs() { btrfleet "$@"; }; ${end < 0 ? line : line.slice(0, end)}`;
    const read = execFileSync('/bin/sh', ['-c', shell], { encoding: 'utf8' }).split('\n');
    assert.ok(read.includes(HOSTILE) || read.includes(`b:${HOSTILE}`), read.join('|'));
  });
}

test('a command line for people is read back as its words', () => {
  const words = ['snapshot', 'list', HOSTILE, '=zsh', '~', "'"];
  const shell = `btrfleet() { printf '%s\\n' "$@"; }; ${command(...words)}`;
  assert.deepEqual(execFileSync('/bin/sh', ['-c', shell], { encoding: 'utf8' }).trimEnd().split('\n'), words);
});

/** What a user's path may be in; names of servers and tasks are plain words by their rules. */
const PATHS = /\b(?:subvolume|path|mount|directory|directories|dirname|file|home|group|device|subject)\b/;

test('no text of the program has a path in a command line that is not quoted', () => {
  const bad = globSync('src/**/*.{ts,tsx}').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const from = line.search(
          /(?<!Another )btrfleet [a-z]+ [a-z]|\b(?:mount -o|umount|chmod|mkdir -p|ls -ld?|fuser|btrfs subvolume [a-z]+) /,
        );
        if (from < 0 || !line.includes('`')) return [];
        const parts = [...line.slice(from).matchAll(/\$\{([^}]*)\}/g)].map(([, inside = '']) => inside);
        const open = parts.filter(
          (one) => PATHS.test(one) && !/quoteWord|command\(|escaped|\bnext\b/.test(one),
        );
        return open.length > 0 ? [`${file}:${index + 1}: ${line.trim()}`] : [];
      }),
  );
  assert.deepEqual(bad, []);
});
