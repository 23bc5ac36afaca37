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
  /** The test that had to be ended. */
  hung: string | undefined;
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

export function countSeen(facts: readonly TestFact[]): Outcome {
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
export function outcomeOf(facts: readonly TestFact[], ending: Ending): Outcome {
  const counts: Outcome = summaryOf(facts) ?? countSeen(facts);
  const { passed, failed, skipped } = counts;
  const empty = facts.filter((fact) => fact.kind === 'empty').length;
  const unexplained = isWhole(facts, ending) ? !isContent(facts, ending) && failed === 0 : true;
  return { passed: passed - (summaryOf(facts) ? empty : 0), failed: failed + (unexplained ? 1 : 0), skipped };
}

const summaryOf = (facts: readonly TestFact[]) => facts.findLast((fact) => fact.kind === 'summary');

/** The runner told all its results. */
export const isWhole = (facts: readonly TestFact[], { code, hung }: Ending): boolean =>
  summaryOf(facts) !== undefined && hung === undefined && code !== null;

/** A hook that failed after all tests is told as a failure, and is in no count. */
const isContent = (facts: readonly TestFact[], { code }: Ending): boolean =>
  code === 0 && summaryOf(facts)?.success === true && !facts.some((fact) => fact.kind === 'failed');
