// Counts what a check or a tier of tests came to. What did not finish, or cannot be read, is a failure.
import type { TestFact } from '../test-reporter.ts';

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Ending {
  /** Exit code of the runner; null if a signal ended it. */
  code: number | null;
  timedOut: boolean;
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Outcome, b: Outcome): Outcome => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** The line everything ends with. */
export const sumLine = ({ passed, failed, skipped }: Outcome): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

function countSeen(facts: readonly TestFact[]): Outcome {
  const seen = { ...NOTHING };
  for (const fact of facts) {
    if ('suite' in fact && !fact.suite) seen[fact.kind] += 1;
  }
  return seen;
}

/**
 * The runner's own summary counts, if it lived to write one; else the tests seen so far and one failure for the
 * runner. A runner that reports no failure and yet is not content (a hook after the tests, say) adds one too.
 */
export function outcomeOf(facts: readonly TestFact[], { code, timedOut }: Ending): Outcome {
  const summary = facts.findLast((fact) => fact.kind === 'summary');
  const counts: Outcome = summary ?? countSeen(facts);
  const { passed, failed, skipped } = counts;
  const ended = summary !== undefined && !timedOut;
  const content = ended && code === 0 && summary.success;
  const unexplained = ended ? !content && failed === 0 : true;
  const empty = summary ? facts.filter((fact) => fact.kind === 'empty').length : 0;
  return { passed: passed - empty, failed: failed + (unexplained ? 1 : 0), skipped };
}
