/** What nobody expected of one replica is no answer for the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifyPair } from '../../../../src/core/model/runs/verify.ts';
import type { DriverContext } from '../../../../src/core/run/ground/driver.ts';
import { verify } from '../../../../src/core/run/verify/verify.ts';
import { knownFleet } from '../fixtures/known-fleet.ts';

const pair = (server: string): VerifyPair => ({
  ...{ server, mount: null, filesystem: 'f', snapshot: 's', uuid: 'u', source: 'x' },
});

test('what is thrown for one replica is told of that one, and all others have their results', async (t) => {
  const look = async (server: string): Promise<never> => {
    throw new RangeError(`Invalid string length of ${server}`);
  };
  const fleet = { ...knownFleet(t), look };
  const context = { fleet, signal: new AbortController().signal, emit: () => {} };
  const request = {
    ...({ kind: 'verify', subvolume: '/data', level: 'metadata', share: null, budgetSeconds: null } as const),
    ...{ pairs: [pair('b'), pair('c')], unchosen: [] },
  };
  const report = await verify(request, context as unknown as DriverContext);
  assert.ok(report.kind === 'verify');
  assert.deepEqual(
    report.results.map(({ server, status, fault }) => [server, status, fault?.code]),
    [
      ['b', 'unchecked', 'command-failed'],
      ['c', 'unchecked', 'command-failed'],
    ],
  );
  assert.match(report.results[0]?.fault?.message ?? '', /Invalid string length of/);
});
