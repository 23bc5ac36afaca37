// Writes what the test runner says as one JSON line per fact, at once: a runner that dies leaves what it knew.
// It judges nothing; scripts/testing/outcome.ts counts.
import { resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export type TestFact =
  | { kind: 'passed' | 'skipped'; name: string; suite: boolean; seconds: number }
  | {
      kind: 'failed';
      name: string;
      suite: boolean;
      seconds: number;
      place: string;
      error: string;
      own: boolean;
    }
  | { kind: 'output'; text: string }
  | { kind: 'file'; path: string }
  | { kind: 'empty'; path: string }
  | { kind: 'summary'; passed: number; failed: number; skipped: number; success: boolean };

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

function factOf(event: TestEvent): TestFact | undefined {
  if (event.type === 'test:stdout' || event.type === 'test:stderr') {
    return { kind: 'output', text: event.data.message };
  }
  if (event.type === 'test:summary') {
    const { counts, success, file } = event.data;
    if (file !== undefined) return { kind: 'file', path: file };
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
  const common = { name, suite: details.type === 'suite', seconds: details.duration_ms / 1000 };
  if (skip !== undefined || todo !== undefined) return { kind: 'skipped', ...common };
  // The runner counts a file without any test (all filtered out, say) as a test that passed.
  if (event.type === 'test:pass' && file !== undefined && resolve(name) === file)
    return { kind: 'empty', path: name };
  if (event.type === 'test:pass') return { kind: 'passed', ...common };
  const { data } = event;
  return { kind: 'failed', ...common, place: place(data), error: errorText(data), own: isOwn(data) };
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const fact = factOf(event);
    if (fact) yield `${JSON.stringify(fact)}\n`;
  }
}
