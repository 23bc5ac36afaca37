import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsOf, PROFILES, parseProfiles, profileOf } from '../../../scripts/lab/profiles.ts';

test('one profile for all servers, or one for each that is named', () => {
  assert.equal(profileOf('b', parseProfiles('fish')), 'fish');
  const some = parseProfiles('a=fish,b=busybox');
  assert.deepEqual(
    ['a', 'b', 'c'].map((server) => profileOf(server, some)),
    ['fish', 'busybox', undefined],
  );
  assert.deepEqual(needsOf(some), ['fish', 'busybox']);
  assert.deepEqual(needsOf(undefined), []);
});

for (const text of ['', 'dos', 'a=dos', 'a=', 'fish,busybox', 'toString', 'a=fish,'])
  test(`refuses ${JSON.stringify(text)}, and names the profiles there are`, () =>
    assert.throws(
      () => parseProfiles(text),
      (fault: Error) => Object.keys(PROFILES).every((name) => fault.message.includes(name)),
    ));
