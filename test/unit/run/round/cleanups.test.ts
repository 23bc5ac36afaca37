/** Which replicas the last part of a round looks after: a moment of a group must not be torn apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import type { TargetResult, TargetStatus } from '../../../../src/core/model/runs/target-result.ts';
import type { MemberOutcome } from '../../../../src/core/plan/automation/round.ts';
import { cleanTarget } from '../../../../src/core/run/round/cleanups.ts';
import type { Round } from '../../../../src/core/run/round/round.ts';

const result = (server: string, status: TargetStatus) =>
  ({ server, mount: '/pool', status, fault: null }) as TargetResult;

/** `b:ok c:failed`: what came of a member on one of these targets. */
const member = (subvolume: string, text: string, on: string): MemberOutcome => ({
  subvolume,
  ended: text.split(' ').flatMap((word) => {
    const [server = '', status] = word.split(':');
    return server === on ? [result(server, status as TargetStatus)] : [];
  }),
});

/** `clean` says what of it could not be deleted. */
const roundWith = (
  clean: (request: { readonly subvolume: string; readonly server: string }) => readonly Fault[],
): Round =>
  ({
    task: { retention: { kind: 'ladder' }, into: null },
    context: { signal: new AbortController().signal },
    note: () => {},
    faults: [],
    looks: { forget: () => {}, forPart: () => {} },
    part: (request: { readonly subvolume: string; readonly server: string }) => {
      const failed = clean(request).map((why) => ({ name: 'n', fault: why }));
      return Promise.resolve({ report: { kind: 'cleanup', failed } });
    },
  }) as unknown as Round;

for (const [title, members, want] of [
  ['all members of it came through', ['b:ok c:ok', 'b:ok c:already-there'], '/a b, /a c, /b b, /b c'],
  ['one did not, on one target', ['b:ok c:ok', 'b:failed c:ok'], '/a c, /b c'],
  ['one did not, anywhere', ['b:already-there', 'b:absent'], ''],
] as const) {
  test(`a group is cleaned up on a target where ${title}`, async () => {
    const cleaned: string[] = [];
    const round = roundWith((request) => {
      cleaned.push(`${request.subvolume} ${request.server}`);
      return [];
    });
    for (const server of ['b', 'c']) {
      const ends = members.map((text, index) => member(['/a', '/b'][index] ?? '', text, server));
      await cleanTarget(round, { server, mount: null }, ends);
    }
    assert.equal(cleaned.toSorted().join(', '), want);
  });
}

test('whatever could not be deleted is told by the round, unless somebody cancelled it', async () => {
  const round = roundWith(() =>
    (['locked', 'cancelled', 'unreachable'] as const).map((code) => fault(code, 'm', 'h')),
  );
  await cleanTarget(round, { server: 'b', mount: null }, [member('/a', 'b:ok', 'b')]);
  assert.deepEqual(
    round.faults.map(({ code }) => code),
    ['locked', 'unreachable'],
  );
});
