// npm run demo: replicates real data over a real fleet on this machine, and takes everything down again. Asks nothing.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { INTERRUPTED, say } from './demo/say.ts';
import { buildProgram, Stage } from './demo/stage.ts';
import { tell } from './demo/story.ts';
import { installTools, mayInstall } from './lab/install.ts';
import { Lab } from './lab/lab.ts';
import { LAB_TOOLS, searchPath } from './lab/requirements.ts';

const LABS = 'demo-';

async function onLab(signal: AbortSignal): Promise<Stage> {
  // Those of a demo that was killed before it could clean up.
  await Lab.sweep(LABS);
  return await Stage.onLab(`${LABS}${process.pid}`, signal);
}

async function demo(make: (signal: AbortSignal) => Promise<Stage>, signal: AbortSignal): Promise<void> {
  await buildProgram();
  await using stage = await make(signal);
  await tell(stage);
  say.heading('Everything is taken down again');
}

/** Runs the demo as root where sudo asks for no password, and ends with its exit code; else says what to type. */
async function asRootInstead(): Promise<string> {
  const words = [
    '-E',
    'env',
    `PATH=${searchPath()}`,
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ];
  const may = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!may) return 'It needs root. Try: sudo -E env "PATH=$PATH" npm run demo';
  const child = spawn('sudo', ['-n', ...words], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exit(code ?? 1);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

/** Null: it can be made. */
async function whyNoLab(): Promise<string | null> {
  const isRoot = process.getuid?.() === 0;
  const lacks = await installTools({
    tools: LAB_TOOLS,
    allowed: mayInstall(process.argv, process.env),
    what: 'the demo',
    say: say.line,
  });
  return lacks ?? (isRoot ? null : await asRootInstead());
}

const asked = process.argv.includes('--play') ? 'as you asked' : null;
const why = asked ?? (await whyNoLab());
if (why !== null) {
  const reason = why.trimEnd().replaceAll('\n', '\n  ');
  say.line(
    `PLAY: simulated servers, nothing real is touched (${asked ?? 'no lab of real ones can be made'}).`,
  );
  if (asked === null) say.line(`  ${reason}`);
}
const started = performance.now();
try {
  await demo(why === null ? onLab : (signal) => Stage.onPlay(signal), stop.signal);
  say.line(
    `Nothing is left on this machine. It took ${((performance.now() - started) / 1000).toFixed(1)} s.`,
  );
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  const text = error instanceof Error ? error.message : String(error);
  say.error(
    stop.signal.aborted ? INTERRUPTED : `The demo failed: ${text}\nWhat it made was taken down again.`,
  );
}
