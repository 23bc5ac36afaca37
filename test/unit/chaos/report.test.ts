// The table at the end of a chaos run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../../scripts/chaos/report.ts';

const tallies = new Map([
  ['cable-cut', { done: 12, impossible: 0 }],
  ['balance', { done: 0, impossible: 1 }],
]);

test('faults by kind, checks by invariant, and no findings', () => {
  const checks = new Map([['nothing kept is lost', 9]]);
  const text = formatReport({ seed: 7, seconds: 61.2, slowness: 2, tallies, checks, findings: [] });
  assert.equal(
    text,
    `seed 7: 12 faults of 1 kinds in 61 s; the machine was up to 2.0 times slower than a quiet one

  fault      done  not possible
  balance       0             1
  cable-cut    12

  invariant             checks  findings
  nothing kept is lost       9         0

no findings
`,
  );
});

test('a finding is counted and told, also of what was never checked', () => {
  const findings = [{ invariant: 'no partial is left', text: 'b: /srv/pool/x is writable' }];
  const text = formatReport({ seed: 7, seconds: 1, slowness: 1, tallies, checks: new Map(), findings });
  assert.match(text, /no partial is left +0 +1$/m);
  assert.match(text, /^findings: 1\n {2}no partial is left: b: \/srv\/pool\/x is writable$/m);
});
