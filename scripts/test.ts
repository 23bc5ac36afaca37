// The one test command: types, lint, then the four tiers; ends with the line `N passed, N failed`.
//   npm test [-- STEP...] [-- PART-OF-A-FILE'S-PATH...] [-- --filter PATTERN] [-- --no-install] [-- --all] [-- --play]
import { readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle, isStale } from './build.ts';
import { installTools, mayInstall } from './lab/install.ts';
import { E2E_TOOLS, missingTools } from './lab/requirements.ts';
import { decideE2e, type E2eDecision, inspectMachine, runsAnywhere } from './testing/e2e-decision.ts';
import { add, NOTHING, type Outcome, sumLine } from './testing/outcome.ts';
import { Reaper } from './testing/reaper.ts';
import { filesOf, type RunOptions, runCheck, runTier } from './testing/run-step.ts';
import { STEPS, type Step, type Tier } from './testing/tiers.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The program as users run it, built once for all tests that start it. */
async function buildProgram(): Promise<void> {
  if (await isStale(root)) await buildBundle(root);
}

/** What needs real servers is left out and counted, by file. */
async function runOnPlay(tier: Tier, reason: string, options: RunOptions): Promise<Outcome> {
  const all = filesOf(tier, options);
  const hasTerminal = missingTools(['tmux']).length === 0;
  const paths = all.filter((file) => runsAnywhere(readFileSync(join(root, file), 'utf8'), hasTerminal));
  const skipped = all.length - paths.length;
  print(`  e2e on simulated servers: ${reason}. Files left out, as they need real ones: ${skipped}`);
  if (paths.length === 0) return { ...NOTHING, skipped };
  await buildProgram();
  return add({ ...NOTHING, skipped }, await runTier(tier, { ...options, paths }));
}

async function runStep(step: Step, decision: E2eDecision, options: RunOptions): Promise<Outcome> {
  if (step.kind === 'check') return runCheck(step, options);
  if (step.name === 'e2e' && decision.kind === 'play') return runOnPlay(step, decision.reason, options);
  if (step.name === 'e2e' && decision.kind === 'impossible') {
    print(`FAILED e2e: required here (CI), but ${decision.reason}`);
    return { ...NOTHING, failed: 1 };
  }
  if (step.name === 'e2e' || step.name === 'pty') await buildProgram();
  return runTier(step, options);
}

function stepLine(name: string, outcome: Outcome, seconds: number): string {
  const counts = outcome === NOTHING ? 'no tests' : sumLine(outcome);
  return `${outcome.failed > 0 ? '✗' : '✓'} ${name.padEnd(6)} ${counts}, ${seconds.toFixed(1)} s`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: 'string' },
    root: { type: 'string' },
    'no-install': { type: 'boolean' },
    all: { type: 'boolean' },
    play: { type: 'boolean' },
  },
});
const root = resolve(values.root ?? join(import.meta.dirname, '..'));
const known = new Set(STEPS.map((step) => step.name));
const named = positionals.filter((word) => known.has(word));
const paths = positionals.filter((word) => !known.has(word)).map((word) => word.replace(/^\.\//, ''));
const narrowed = paths.length > 0 || values.filter !== undefined;
const wanted = STEPS.filter((step) =>
  named.length > 0 ? named.includes(step.name) : step.kind === 'tier' || !narrowed,
);

const forReal = wanted.some(({ name }) => name === 'pty' || (name === 'e2e' && !values.play));
if (forReal) {
  const why = await installTools({
    tools: E2E_TOOLS,
    allowed: mayInstall(process.argv, process.env),
    what: 'the end-to-end tier',
    say: print,
  });
  if (why !== null) print(why);
}
const decision = decideE2e(inspectMachine(process.env), values.play);
const reaper = new Reaper(root);
const env: NodeJS.ProcessEnv = {
  ...process.env,
  ...reaper.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  BTRFLEET_E2E: decision.kind,
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/btrfleet-node'),
};
// What belongs to whoever runs the tests; and a runner inside a runner's test reports to us, not to its parent.
for (const name of ['BTRFLEET_HOME', 'XDG_CONFIG_HOME', 'FORCE_COLOR', 'NODE_TEST_CONTEXT']) delete env[name];

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

let total = NOTHING;
for (const step of wanted) {
  if (stop.signal.aborted) break;
  const started = performance.now();
  const outcome = await runStep(step, decision, {
    root,
    env,
    signal: stop.signal,
    filter: values.filter,
    paths,
    print,
    compiled: reaper.compiled,
    scratch: reaper.scratch,
    onlyChanged: named.length > 0 && !values.all && process.env['CI'] === undefined,
  });
  print(stepLine(step.name, outcome, (performance.now() - started) / 1000));
  total = add(total, outcome);
}
await reaper.end();
if (stop.signal.aborted) print('The tests were stopped.');
print(sumLine(total));
process.exitCode = total.failed > 0 || stop.signal.aborted ? 1 : 0;
