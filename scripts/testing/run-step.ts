// Runs one check or one tier of tests within its limit and prints what a person wants to see of it.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestFact } from '../test-reporter.ts';
import { type Ending, NOTHING, type Outcome, outcomeOf } from './outcome.ts';
import type { Check, Tier } from './tiers.ts';

export interface RunOptions {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Regular expression on test names. */
  filter: string | undefined;
  /** Part of a file's path; all files if undefined. */
  file: string | undefined;
  print: (line: string) => void;
}

const GRACE_MS = 5_000;

/** Starts `argv` as a process group of its own, so that a limit or Ctrl-C ends all of it, and hands on its lines. */
async function runCommand(
  argv: readonly string[],
  limitSeconds: number,
  { root, env }: RunOptions,
  onLine: (line: string) => void,
): Promise<Ending> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // the group is gone already
    }
  };
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    end('SIGTERM');
    setTimeout(end, GRACE_MS, 'SIGKILL').unref();
  }, limitSeconds * 1000);
  const interrupted = (signal: NodeJS.Signals): void => end(signal);
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      onLine(String(error));
      resolve(127);
    });
    child.on('close', resolve);
  });
  clearTimeout(limit);
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  return { code, timedOut };
}

export async function runCheck(check: Check, options: RunOptions): Promise<Outcome> {
  let failed = false;
  for (const argv of check.commands) {
    const lines: string[] = [];
    const ending = await runCommand(argv, check.limitSeconds, options, (line) => lines.push(line));
    if (ending.code === 0 && !ending.timedOut) continue;
    failed = true;
    for (const line of lines) options.print(line);
    if (ending.timedOut) options.print(`${argv[0]} did not end within ${check.limitSeconds} s`);
  }
  return failed ? { ...NOTHING, failed: 1 } : { ...NOTHING, passed: 1 };
}

function describe(fact: TestFact, tier: Tier, root: string): string | undefined {
  if (fact.kind === 'output') return fact.text.trimEnd();
  if (fact.kind === 'failed' && fact.own) {
    const where = fact.place ? `  (${relative(root, fact.place)})` : '';
    return `FAILED ${fact.name}${where}\n${fact.error.replaceAll(/^/gm, '    ')}\n`;
  }
  if (tier.announce && (fact.kind === 'passed' || fact.kind === 'skipped') && !fact.suite) {
    return `  ${fact.kind} ${fact.name} (${fact.seconds.toFixed(1)} s)`;
  }
  return undefined;
}

export function filesOf(tier: Tier, { root, file }: Pick<RunOptions, 'root' | 'file'>): string[] {
  return globSync(tier.glob, { cwd: root })
    .filter((path) => file === undefined || path.includes(file))
    .sort();
}

export async function runTier(tier: Tier, options: RunOptions): Promise<Outcome> {
  const files = filesOf(tier, options);
  if (files.length === 0) return NOTHING;
  const facts: TestFact[] = [];
  const onLine = (line: string): void => {
    const fact = parseFact(line);
    facts.push(fact);
    const text = describe(fact, tier, options.root);
    if (text !== undefined) options.print(text);
  };
  const ending = await runCommand(runnerArgv(tier, files, options), tier.limitSeconds, options, onLine);
  if (ending.timedOut) {
    const done = facts.map((fact) => (fact.kind === 'file' ? fact.path : ''));
    const open = files.filter((path) => !done.some((name) => name.endsWith(path)));
    options.print(`FAILED ${tier.name}: not done within ${tier.limitSeconds} s, stopped: ${open.join(' ')}`);
  } else if (!facts.some((fact) => fact.kind === 'summary')) {
    options.print(`FAILED ${tier.name}: the runner died`);
  }
  return outcomeOf(facts, ending);
}

const runnerArgv = (tier: Tier, files: readonly string[], { filter }: RunOptions): string[] => [
  'node',
  '--import',
  'tsx',
  '--test',
  '--test-reporter=./scripts/test-reporter.ts',
  '--test-reporter-destination=stdout',
  `--test-timeout=${tier.testSeconds * 1000}`,
  ...(tier.files === undefined ? [] : [`--test-concurrency=${tier.files}`]),
  ...(filter === undefined ? [] : [`--test-name-pattern=${filter}`]),
  ...files,
];

/** Lines that are no fact come from the runner itself: a warning, or the reason why it dies. */
function parseFact(line: string): TestFact {
  if (!line.startsWith('{"kind":')) return { kind: 'output', text: line };
  try {
    return JSON.parse(line) as TestFact;
  } catch {
    return { kind: 'output', text: line };
  }
}
