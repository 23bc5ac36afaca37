/** What `btrfleet play` does: servers, then the scheduler on them, until it is ended; then nothing of it is left. */
import { hostname, tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { quoteWord } from '../../core/model/command-line.ts';
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { holderCheck, holderOf } from '../../core/state/home/holder.ts';
import { type PlaySettings, startPlay } from '../../play/fleet/play.ts';
import { openPlayHome } from '../../play/home/play-home.ts';
import { STORIES, STORY_NAMES } from '../../play/story/stories.ts';
import { keepHeapSmall } from '../../process/memory.ts';
import type { Output } from '../../process/output.ts';
import { takeSignal } from '../../process/take-signal.ts';
import { systemClock } from '../../process/wiring.ts';
import { openScheduler } from '../../scheduler/scheduler.ts';
import { BESIDE } from './screen.ts';

export interface PlayOptions {
  readonly story: string;
  readonly speed: string;
  readonly seed: string;
  readonly port?: string;
  readonly keep?: boolean;
  /** False: none of its own. */
  readonly schedule: boolean;
}

const ENDING = ['SIGINT', 'SIGTERM'] as const;

export async function play(options: PlayOptions, directory: string | null, out: Output): Promise<void> {
  const isBeside = process.env[BESIDE] === '1';
  keepHeapSmall();
  const asked = settingsFrom(options);
  if (!asked.ok) {
    process.exitCode = out.fault(asked.fault);
    return;
  }
  const site = { host: hostname(), proc: '/proc' };
  const home = await openPlayHome({
    directory: directory === null ? null : resolve(directory),
    temporary: tmpdir(),
    keep: options.keep === true,
    holder: holderOf(process.pid, site),
    isAlive: holderCheck({ ...site, clock: systemClock }),
  });
  if (!home.ok) {
    process.exitCode = out.fault(home.fault);
    return;
  }
  // What comes before the scheduler listens is passed on to it.
  let early: NodeJS.Signals | null = null;
  for (const name of ENDING)
    takeSignal(name, () => {
      early = name;
    });
  // The scheduler may end this process by itself.
  process.once('exit', home.value.remove);
  try {
    const started = await startPlay({ ...asked.value, directory: home.value.directory });
    if (!started.ok) {
      process.exitCode = out.fault(started.fault);
      return;
    }
    tellStarted(asked.value, home.value.directory, isBeside, out);
    if (isBeside) process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
    const scheduled = options.schedule
      ? openScheduler(ok(scheduleOn(home.value.directory)), false)
      : new Promise<void>((resolve) => {
          for (const name of ENDING) takeSignal(name, () => resolve());
        });
    // Without servers what runs ends at once, and nobody waits for it.
    for (const name of ENDING) process.on(name, () => void started.value.end());
    // It belongs to its terminal, and goes with it.
    takeSignal('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
    if (early !== null) process.kill(process.pid, early);
    await scheduled;
    await started.value.end();
  } finally {
    await home.value.end();
  }
  // Connections that a client holds open must not keep it.
  process.exit();
}

function tellStarted({ story, seed }: Asked, directory: string, isBeside: boolean, out: Output): void {
  const line = isBeside ? directory : `export BTRFLEET_HOME=${quoteWord(directory)}`;
  out.result({ home: directory, story, seed }, line);
  out.note(
    `PLAY: simulated servers a, b, c and d; nothing real is touched. Story: ${story} (${STORIES[story].about}).`,
  );
  out.note(`With the line above, every command, the screen and --schedule in another terminal work on them.`);
  out.note('Ctrl-C ends it.');
}

const scheduleOn = (home: string) => ({
  home,
  once: false,
  logFormat: 'text' as const,
  json: false,
  metricsFile: null,
  metricsPort: null,
});

type Asked = Omit<PlaySettings, 'directory'>;

function settingsFrom({ story, speed, seed, port }: PlayOptions): Result<Asked> {
  const chosen = STORY_NAMES.find((name) => name === story);
  if (chosen === undefined) return wrong(`--story ${story} is none of: ${STORY_NAMES.join(', ')}.`);
  const factor = /^\d+(\.\d+)?$/.test(speed) ? Number(speed) : 0;
  if (factor < 0.1 || factor > 60) return wrong(`--speed ${speed} is not a number from 0.1 to 60.`);
  if (!/^\d{1,9}$/.test(seed)) return wrong(`--seed ${seed} is not a whole number of up to nine digits.`);
  const first = port === undefined ? null : Number(port);
  if (first !== null && !(Number.isInteger(first) && first >= 1 && first <= 65_532))
    return wrong(`--port ${port} is not a port from 1 to 65532: it takes four of them.`);
  return ok({ story: chosen, speed: factor, seed: Number(seed), port: first });
}

const wrong = (message: string): Result<never> =>
  failed(fault('usage', message, 'For example: btrfleet play --story trouble --speed 2'));
