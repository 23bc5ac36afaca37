// npm run demo: replicates real data over a real fleet on this machine, and takes everything down again. Asks nothing.

import { INTERRUPTED, say } from './demo/say.ts';
import { buildProgram, Stage } from './demo/stage.ts';
import { tell } from './demo/story.ts';
import { Lab } from './lab/lab.ts';
import { checkRequirements } from './lab/requirements.ts';

const LABS = 'demo-';

async function demo(signal: AbortSignal): Promise<void> {
  await buildProgram();
  // Those of a demo that was killed before it could clean up.
  await Lab.sweep(LABS);
  await using stage = await Stage.up(`${LABS}${process.pid}`, signal);
  await tell(stage);
  say.heading('Everything is taken down again');
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

try {
  checkRequirements();
} catch (missing) {
  say.error(
    `The demo makes a real fleet of btrfs servers on this machine, and cannot:\n${String(missing).replace(/^Error: /, '')}\n` +
      'Try: sudo -E env "PATH=$PATH" npm run demo. Without root, README.md shows what a session looks like.',
  );
  process.exit(2);
}
const started = performance.now();
try {
  await demo(stop.signal);
  say.line(
    `Nothing is left on this machine. It took ${((performance.now() - started) / 1000).toFixed(1)} s.`,
  );
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  const why = error instanceof Error ? error.message : String(error);
  say.error(
    stop.signal.aborted ? INTERRUPTED : `The demo failed: ${why}\nWhat it made was taken down again.`,
  );
}
