// Writes what the test runner says as one JSON line per fact, at once: a runner that dies leaves what it knew.
// It judges nothing; scripts/testing/outcome.ts counts.
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { Transform } from 'node:stream';
import type { TestEvent } from 'node:test/reporters';

export type TestFact =
  | { kind: 'passed' | 'skipped'; name: string; suite: boolean; seconds: number; file: string }
  | {
      kind: 'failed';
      name: string;
      suite: boolean;
      seconds: number;
      file: string;
      place: string;
      error: string;
      own: boolean;
    }
  | { kind: 'output'; text: string }
  /** `test`: the same for both, and for no other test that is at work. */
  | { kind: 'empty' }
  | { kind: 'begun'; test: string; name: string }
  | { kind: 'ended'; test: string }
  | { kind: 'summary'; passed: number; failed: number; skipped: number; success: boolean };

/** What scripts/testing/test-process.ts reads. Not stdout: a test may print there, in the middle of a line. */
const FACTS = 3;

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data'];

const place = (data: Failure): string => (data.file ? `${data.file}:${data.line ?? 1}` : '');

/** The runner wraps what was thrown; the wrapper says nothing a reader needs. */
function errorText({ details }: Failure): string {
  const cause: unknown = details.error.cause ?? details.error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** A parent fails with its subtests: counted by the runner, but it has no error of its own to show. */
const isOwn = ({ details }: Failure): boolean =>
  !('failureType' in details.error && details.error.failureType === 'subtestsFailed');

const testOf = ({
  nesting,
  file,
  line,
  column,
  name,
}: Omit<Extract<TestEvent, { type: 'test:dequeue' }>['data'], 'type'>) =>
  JSON.stringify([nesting, file, line, column, name]);

function factOf(event: TestEvent): TestFact | undefined {
  if (event.type === 'test:stdout' || event.type === 'test:stderr') {
    return { kind: 'output', text: event.data.message };
  }
  if (event.type === 'test:dequeue') {
    return { kind: 'begun', test: testOf(event.data), name: event.data.name };
  }
  if (event.type === 'test:complete') return { kind: 'ended', test: testOf(event.data) };
  if (event.type === 'test:summary') {
    const { counts, success } = event.data;
    const skipped = counts.skipped + counts.todo;
    // Cancelled tests, those that never finished included, are neither passed nor skipped.
    return {
      kind: 'summary',
      passed: counts.passed,
      failed: counts.tests - counts.passed - skipped,
      skipped,
      success,
    };
  }
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return undefined;
  const { name, file, details, skip, todo } = event.data;
  const suite = details.type === 'suite';
  const common = { name, suite, seconds: details.duration_ms / 1000, file: file ?? '' };
  if (skip !== undefined || todo !== undefined) return { kind: 'skipped', ...common };
  // The runner counts a file without any test (all filtered out, say) as a test that passed.
  if (event.type === 'test:pass' && file !== undefined && resolve(name) === file) return { kind: 'empty' };
  if (event.type === 'test:pass') return { kind: 'passed', ...common };
  const { data } = event;
  return { kind: 'failed', ...common, place: place(data), error: errorText(data), own: isOwn(data) };
}

export default new Transform({
  writableObjectMode: true,
  transform(event: TestEvent, _, done) {
    const fact = factOf(event);
    if (fact) writeSync(FACTS, `${JSON.stringify(fact)}\n`);
    done();
  },
});
