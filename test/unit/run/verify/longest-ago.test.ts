import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestAgoFirst } from '../../../../src/core/run/verify/longest-ago.ts';

const pair = (server: string) => ({
  ...{ server, mount: null, filesystem: `f${server}`, snapshot: 's', uuid: server, source: 'x' },
});

test('first what was never compared, then what was longest ago; a try counts, however far it came', () => {
  const at = (server: string, day: number) => ({ ...pair(server), at: `2026-11-0${day}T00:00:00.000Z` });
  const journal = {
    verificationsOf: () => [at('a', 3), at('b', 2), at('d', 5), at('d', 1)],
    triedParts: () => [at('b', 4), at('e', 1)].map((one) => ({ ...one, tried: one.at })),
  } as unknown as Parameters<typeof longestAgoFirst>[2];
  const inOrder = longestAgoFirst(['a', 'b', 'c', 'd', 'e'].map(pair), '/data', journal);
  assert.equal(inOrder.map(({ server }) => server).join(''), 'ceabd');
});
