// Runs some test files in one process and tells what it said; ends a test that hangs, by name. Counts nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { TestFact } from '../test-reporter.ts';
import { slowness } from './machine-speed.ts';
import type { Ending } from './outcome.ts';

export interface ProcessOptions {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the whole run is to stop. */
  readonly signal: AbortSignal;
}

export interface TestProcess extends ProcessOptions {
  /** Compiled files. */
  readonly files: readonly string[];
  /** What one test may take on a quiet machine. */
  readonly testSeconds: number;
  /** Regular expression on test names. */
  readonly filter: string | undefined;
  readonly onFact: (fact: TestFact) => void;
}

/** A library gives the cursor back as a process ends, though it has no terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const ONLY_CONTROL = /^(?:\u001b\[[?\d;]*[a-z])+$/i;

const GRACE_MS = 5_000;
const WATCH_MS = 1_000;

/** Ends a child and its process group: TERM, and KILL for what is still there after five seconds. */
export function endGroup(child: ChildProcess): void {
  const send = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  send('SIGTERM');
  setTimeout(send, GRACE_MS, 'SIGKILL').unref();
}

/** The exit code; null: a signal ended it; 127: it could not be started. */
export const codeOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', resolve);
  });

/** Which tests are at work, and since when. */
class OpenTests {
  readonly #open = new Map<string, { readonly name: string; readonly since: number }>();
  #last = { name: 'what comes before the first test', since: performance.now() };

  note(fact: TestFact): void {
    const since = performance.now();
    if (fact.kind === 'begun') this.#open.set(fact.test, { name: fact.name, since });
    if (fact.kind === 'ended') this.#open.delete(fact.test);
    if ('name' in fact) this.#last = { name: `what comes after ${fact.name}`, since };
  }

  /** What has taken the longest so far, in seconds. A test that never gives way is not even told to have begun. */
  oldest(): { readonly name: string; readonly seconds: number } {
    const first = [...this.#open.values()].reduce((a, b) => (b.since < a.since ? b : a), this.#last);
    return { name: first.name, seconds: (performance.now() - first.since) / 1000 };
  }
}

/**
 * The runner's own limit, in seconds, reports a test that waits in vain; this one also ends a test that never gives way,
 * and never before that limit, which was set when the machine may have been slower.
 */
function watch(
  child: ChildProcess,
  tests: OpenTests,
  { testSeconds, limit }: { readonly testSeconds: number; readonly limit: number },
  hung: (name: string) => void,
) {
  let isLooking = false;
  const timer = setInterval(async () => {
    const longest = tests.oldest();
    if (isLooking || longest.seconds <= 2 * limit) return;
    isLooking = true;
    const isHung = longest.seconds > 2 * Math.max(limit, testSeconds * (await slowness(true)));
    isLooking = false;
    if (!isHung || tests.oldest().name !== longest.name) return;
    clearInterval(timer);
    hung(longest.name);
    endGroup(child);
  }, WATCH_MS);
  return () => clearInterval(timer);
}

/** What the files came to. `hung` names the test that was ended. */
export async function runTestProcess(asked: TestProcess): Promise<Ending> {
  const slow = await slowness();
  const limit = Math.ceil(asked.testSeconds * slow * 1000);
  const argv = [
    '--enable-source-maps',
    '--test',
    '--test-isolation=none',
    `--test-reporter=${join(import.meta.dirname, '../test-reporter.ts')}`,
    `--test-timeout=${limit}`,
    ...(asked.filter === undefined ? [] : [`--test-name-pattern=${asked.filter}`]),
    ...asked.files,
  ];
  const child = spawn('node', argv, {
    cwd: asked.root,
    env: { ...asked.env, BTRFLEET_TEST_SLOWNESS: slow.toFixed(1) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const tests = new OpenTests();
  const tell = (fact: TestFact): void => {
    tests.note(fact);
    asked.onFact(fact);
  };
  const linesOf = (stream: unknown) => createInterface({ input: stream as Readable });
  const [out, errors, facts] = child.stdio.slice(1).map(linesOf);
  for (const said of [out, errors]) {
    said?.on('line', (text) => {
      if (!ONLY_CONTROL.test(text)) tell({ kind: 'output', text });
    });
  }
  // The reporter's own way, so that nothing a test prints can be taken for a fact.
  facts?.on('line', (line) => tell(JSON.parse(line)));
  let hung: string | undefined;
  const stopWatching = watch(
    child,
    tests,
    { testSeconds: asked.testSeconds, limit: limit / 1000 },
    (name) => {
      hung = name;
    },
  );
  const stop = (): void => endGroup(child);
  asked.signal.addEventListener('abort', stop);
  if (asked.signal.aborted) stop();
  const code = await codeOf(child);
  asked.signal.removeEventListener('abort', stop);
  stopWatching();
  return { code, hung };
}
