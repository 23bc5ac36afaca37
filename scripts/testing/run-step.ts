// Runs one check or one tier of tests and prints what a person wants to see of it.
import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Metafile } from 'esbuild';
import type { TestFact } from '../test-reporter.ts';
import { compiledPath, compileTests } from './compile-tests.ts';
import { add, countSeen, isWhole, NOTHING, type Outcome, outcomeOf } from './outcome.ts';
import { codeOf, endGroup, type ProcessOptions, runTestProcess } from './test-process.ts';
import type { Check, Tier } from './tiers.ts';
import { Unchanged } from './unchanged.ts';

export interface RunOptions extends ProcessOptions {
  /** Regular expression on test names. */
  readonly filter: string | undefined;
  /** Parts of files' paths; all files if there is none. */
  readonly paths: readonly string[];
  readonly print: (line: string) => void;
  /** Where tests are compiled to. */
  readonly compiled: string;
  /** Where tests put what needs no disk. */
  readonly scratch: string;
  /** Files that have passed as they are need not run again. */
  readonly onlyChanged: boolean;
}

async function runCommand(
  argv: readonly string[],
  { root, env, signal }: ProcessOptions,
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const stop = (): void => endGroup(child);
  signal.addEventListener('abort', stop);
  const code = await codeOf(child);
  signal.removeEventListener('abort', stop);
  return { code, lines };
}

export async function runCheck(check: Check, options: RunOptions): Promise<Outcome> {
  let failed = false;
  for (const argv of check.commands) {
    if (options.signal.aborted) return NOTHING;
    const { code, lines } = await runCommand(argv, options);
    if (code === 0) continue;
    failed = true;
    for (const line of lines) options.print(line);
    if (code === 127) options.print(`${argv[0]} could not be started`);
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

export function filesOf(tier: Tier, { root, paths }: Pick<RunOptions, 'root' | 'paths'>): string[] {
  return globSync(tier.glob, { cwd: root })
    .filter((file) => paths.length === 0 || paths.some((part) => file.includes(part)))
    .sort();
}

/** Those that take long first, then large ones, as they mostly do; neighbours, which are alike, in different groups. */
function groupsOf(tier: Tier, files: readonly string[], root: string): string[][] {
  const count = Math.ceil(files.length / tier.filesPerProcess);
  const groups: string[][] = Array.from({ length: count }, () => []);
  const size = (file: string): number => statSync(join(root, file)).size;
  const isLong = (file: string): number => Number(tier.long.some((part) => file.includes(part)));
  const ordered = files.toSorted((a, b) => isLong(b) - isLong(a) || size(b) - size(a));
  for (const [index, file] of ordered.entries()) groups[index % count]?.push(file);
  return groups;
}

export async function runTier(tier: Tier, options: RunOptions): Promise<Outcome> {
  const files = filesOf(tier, options);
  if (files.length === 0) return NOTHING;
  const compiled = join(options.compiled, tier.name);
  let metafile: Metafile;
  try {
    metafile = await compileTests(options.root, files, compiled);
  } catch (error) {
    options.print(`FAILED ${tier.name}: ${error instanceof Error ? error.message : String(error)}`);
    return { ...NOTHING, failed: 1 };
  }
  const env = {
    ...options.env,
    ...tier.env,
    ...(tier.inMemory ? { TMPDIR: options.scratch } : {}),
    BTRFLEET_COMPILED_TESTS: compiled,
  };
  const inTier = { ...options, env, compiled };
  if (!options.onlyChanged || options.filter !== undefined || tier.filesPerProcess === 1)
    return await runGroups(tier, groupsOf(tier, files, options.root), inTier);
  const unchanged = new Unchanged(options.root, metafile);
  let total = NOTHING;
  const again: string[] = [];
  for (const file of files) {
    const known = unchanged.outcomeOf(file);
    if (known) total = add(total, known);
    else again.push(file);
  }
  if (total.passed > 0) options.print(`  ${total.passed} have passed as they are (--all runs them again)`);
  const seen = (file: string, outcome: Outcome): void => unchanged.note(file, outcome);
  total = add(total, await runGroups(tier, groupsOf(tier, again, options.root), inTier, seen));
  unchanged.write();
  return total;
}

/** Of a source, or compiled. */
const EXTENSION = /\.(?:mjs|tsx?)$/;

/** What a process that told all its results came to, file by file. */
function outcomesOf(
  files: readonly string[],
  facts: readonly TestFact[],
): readonly (readonly [string, Outcome])[] {
  return files.map((file) => {
    const own = facts.filter(
      (fact) => 'file' in fact && fact.file.replace(EXTENSION, '').endsWith(file.replace(EXTENSION, '')),
    );
    return [file, countSeen(own)];
  });
}

/** Told of each file that ended well. */
type Seen = (file: string, outcome: Outcome) => void;

async function runGroups(
  tier: Tier,
  groups: readonly string[][],
  options: RunOptions,
  seen: Seen = () => undefined,
): Promise<Outcome> {
  const waiting = [...groups];
  const again: string[][] = [];
  let total = NOTHING;
  const work = async (): Promise<void> => {
    for (let group = waiting.shift(); group && !options.signal.aborted; group = waiting.shift()) {
      // Added to what the others have come to by then, not to what it was before the wait.
      const outcome = await runGroup(tier, group, options, seen);
      if (outcome.failed > 0 && tier.againAlone) again.push(group);
      else total = add(total, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(tier.atOnce, groups.length) }, work));
  // What failed beside others may have failed for want of the machine's time: alone it must pass, or it has failed.
  for (const group of again) {
    if (options.signal.aborted) return add(total, { ...NOTHING, failed: 1 });
    options.print(`  again, with nothing beside it: ${group.join(' ')}`);
    total = add(total, await runGroup(tier, group, options, seen));
  }
  return total;
}

/** Of files that share a process one may end it for all: then each runs in one of its own, and only those results count. */
async function runGroup(
  tier: Tier,
  files: readonly string[],
  options: RunOptions,
  seen: Seen,
): Promise<Outcome> {
  const facts: TestFact[] = [];
  const print = (fact: TestFact): void => {
    const text = describe(fact, tier, options.root);
    if (text !== undefined) options.print(text);
  };
  const isAlone = files.length === 1;
  const ending = await runTestProcess({
    ...options,
    files: files.map((file) => compiledPath(options.compiled, file)),
    testSeconds: tier.testSeconds,
    onFact: (fact) => {
      facts.push(fact);
      if (isAlone) print(fact);
    },
  });
  if (!isWhole(facts, ending) && !isAlone && !options.signal.aborted) {
    let sum = NOTHING;
    for (const file of files) sum = add(sum, await runGroup(tier, [file], options, seen));
    return sum;
  }
  if (!isAlone) for (const fact of facts) print(fact);
  if (ending.hung !== undefined)
    options.print(`FAILED ${files.join(' ')}: ended, as this took too long: ${ending.hung}`);
  else if (!isWhole(facts, ending)) options.print(`FAILED ${files.join(' ')}: the process died`);
  const outcome = outcomeOf(facts, ending);
  if (outcome.failed === 0) for (const [file, own] of outcomesOf(files, facts)) seen(file, own);
  return outcome;
}
