// npm run chaos: parses the command line, gets a mount namespace of its own, and prints the report. Exit 1: findings.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle, isStale } from '../build.ts';
import { installTools, mayInstall } from '../lab/install.ts';
import { Lab } from '../lab/lab.ts';
import { LAB_TOOLS, toolPath } from '../lab/requirements.ts';
import { KINDS } from './kinds/table.ts';
import { formatReport } from './report.ts';
import { runChaos } from './run.ts';

const HELP = `Breaks a fleet on this machine in many ways, at random, while a scheduler is at work on it, and checks with btrfs,
SQLite and hashes that nothing was lost, left or told wrong. Needs root. The same seed gives the same faults.

  npm run chaos [-- --minutes 10] [--seed N]

  --minutes N    how long faults go on (default: 10); some minutes come on top, for what is before and after
  --seed N       which faults, in which order (default: another one each time; it is printed)
  --kinds A,B    only these
  --keep DIR     keep the state directory and the log of the scheduler there
  --name NAME    of the lab (default: chaos-PID)

Kinds:
${KINDS.map(({ name }) => `  ${name}\n`).join('')}
Exit code: 0 nothing was found; 1 something was, or it failed; 2 wrong usage; 130 interrupted.

Example: npm run chaos -- --minutes 2 --seed 7
`;

class Usage extends Error {}

const ROOT = join(import.meta.dirname, '../..');

/** Set where mounts of the run are seen by nobody else, and go with it. */
const INSIDE = 'BTRFLEET_CHAOS_INSIDE';

/** Puts this very process into a mount namespace of its own; it begins anew there. */
function enterOwnMounts(): void {
  if (process.env[INSIDE] !== undefined) return;
  if (process.getuid?.() !== 0) throw new Error('it needs root');
  const command = ['--mount', '--propagation', 'private', process.execPath, ...process.execArgv];
  const env = { ...process.env, [INSIDE]: '1' } as Record<string, string>;
  // No shell and no child: who ends this process ends the run.
  process.execve?.(toolPath('unshare'), ['unshare', ...command, ...process.argv.slice(1)], env);
}

function options(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      kinds: { type: 'string' },
      keep: { type: 'string' },
      name: { type: 'string', default: `chaos-${process.pid}` },
      'no-install': { type: 'boolean' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  if (!(minutes > 0)) throw new Usage('--minutes must be a number above 0');
  if (!Number.isSafeInteger(seed)) throw new Usage('--seed must be a whole number');
  const named = values.kinds?.split(',');
  const unknown = named?.filter((name) => !KINDS.some((kind) => kind.name === name)) ?? [];
  if (unknown.length > 0) throw new Usage(`no kind is called ${unknown.join(', ')}; --help lists them`);
  const kinds = named ? KINDS.filter(({ name }) => named.includes(name)) : KINDS;
  return { ...values, minutes, seed, kinds, keep: values.keep ?? null };
}

async function main(args: string[]): Promise<number> {
  const { help, minutes, seed, kinds, keep, name } = options(args);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const lacks = await installTools({
    tools: [...LAB_TOOLS],
    allowed: mayInstall(process.argv, process.env),
    what: 'the chaos run',
    say: (line) => process.stderr.write(`${line}\n`),
  });
  if (lacks !== null) throw new Error(lacks);
  enterOwnMounts();
  if (await isStale(ROOT)) await buildBundle(ROOT);
  await Lab.sweep('chaos-');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const begun = performance.now();
  const log = (line: string): void => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stderr.write(`${new Date().toISOString()} ${seconds.padStart(6)} s  ${line}\n`);
  };
  log(`seed ${seed}, ${minutes} min, ${kinds.length} kinds, lab ${name}`);
  const report = await runChaos({ name, seed, minutes, kinds, keep, log, signal: stop.signal });
  process.stdout.write(formatReport(report));
  if (stop.signal.aborted) {
    process.stdout.write('interrupted: it was not checked to the end\n');
    return 130;
  }
  return report.findings.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof Usage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`chaos: ${isUsage ? (error as Error).message : text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
