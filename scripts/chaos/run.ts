// One chaos run from the first server to the report: stage, faults, quiet, checks, and the end of all it made.
import { setTimeout as pause } from 'node:timers/promises';
import { slowness } from '../testing/machine-speed.ts';
import { checkLeftOver, checkTornDown } from './checks/left-over.ts';
import { checkSurvivors } from './checks/survivors.ts';
import { checkTruth } from './checks/truth.ts';
import { Faults } from './faults.ts';
import { readJournal } from './journal.ts';
import type { Kind } from './kind.ts';
import { Observer } from './observer.ts';
import type { ChaosReport } from './report.ts';
import { sequence } from './sequence.ts';
import { SERVED, schedule, setStage, taskSeconds } from './stage.ts';
import { World } from './world.ts';
import { Writer } from './writer.ts';

export interface ChaosOptions {
  /** Of the lab. */
  readonly name: string;
  readonly seed: number;
  /** Of faults; setting up, quiet and checks come on top. */
  readonly minutes: number;
  readonly kinds: readonly Kind[];
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Where the state directory and the log of the scheduler stay; null: nowhere. */
  readonly keep: string | null;
}

const SERVED_AGAIN = 'all targets are served again when all is healed';
const ENDS_WELL = 'SIGTERM ends it in time';

/** Throws what the chaos itself failed with; all that was made is gone then, too. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { name, signal, log, keep, seed } = options;
  const begun = performance.now();
  const world = await World.make(name, '1G', await slowness());
  const faults = new Faults(world, signal, log);
  const labDirectory = world.lab.record.directory;
  try {
    await act(world, faults, options);
  } finally {
    log('taking all down');
    await world.down(keep);
  }
  await checkTornDown(world.books, name, labDirectory);
  return {
    seed,
    seconds: (performance.now() - begun) / 1000,
    slowness: world.slowness,
    tallies: faults.tallies,
    checks: world.books.checks,
    findings: world.books.findings,
  };
}

async function act(world: World, faults: Faults, options: ChaosOptions): Promise<void> {
  const { seed, kinds, minutes, signal, log } = options;
  const observer = new Observer(world);
  const writer = new Writer(world);
  await setStage(world);
  schedule(world);
  log(`intervals: ${taskSeconds(world)} s for tasks`);
  world.scheduler.start();
  writer.begin();
  observer.begin();
  try {
    if (!(await isServed(world, observer, 0, signal))) notServed(world, observer, 0);
    log('all targets have their first replica');
    await faults.run(sequence(seed, kinds), minutes * 60_000);
    if (signal.aborted) return;
    await settle(world, observer, log);
  } finally {
    await writer.end();
    await observer.end();
  }
  await check(world, observer, log);
}

/** Whether each target has a restore point of that moment or later, as soon as it is so; it waits long. */
async function isServed(
  world: World,
  observer: Observer,
  from: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + world.patience(120) + 3000 * taskSeconds(world);
  for (;;) {
    if (SERVED.every((served) => (observer.newest(served) ?? -1) > from)) return true;
    if (Date.now() > until || signal?.aborted) return false;
    await pause(500);
  }
}

function notServed(world: World, observer: Observer, from: number): void {
  for (const served of SERVED) {
    const newest = observer.newest(served);
    if ((newest ?? -1) > from) continue;
    const { task, place, directory } = served;
    const has = newest === null ? 'nothing' : new Date(newest).toISOString();
    world.books.found(
      SERVED_AGAIN,
      `${task.name}: ${place.server} ${directory} has ${has}, healed at ${new Date(from).toISOString()}`,
    );
  }
}

/** All is healed: what was broken is made good, and then the scheduler ends in good order. */
async function settle(world: World, observer: Observer, log: (line: string) => void): Promise<void> {
  const healedAt = Date.now();
  log('all is healed; waiting until each target is served again');
  world.books.checked(SERVED_AGAIN, SERVED.length);
  const served = await isServed(world, observer, healedAt);
  if (!served) notServed(world, observer, healedAt);
  log(
    `${served ? 'all are' : 'NOT all are'} served again after ${Math.round((Date.now() - healedAt) / 1000)} s`,
  );
  const limit = world.patience(30) / 1000;
  const begun = performance.now();
  const ending = await world.scheduler.end('SIGTERM', 2 * limit);
  const seconds = (performance.now() - begun) / 1000;
  world.books.checked(ENDS_WELL);
  if (ending?.code !== 0 || seconds > limit)
    world.books.found(
      ENDS_WELL,
      `exit ${ending?.code ?? ending?.signal} after ${seconds.toFixed(1)} s of ${limit} s`,
    );
}

async function check(world: World, observer: Observer, log: (line: string) => void): Promise<void> {
  log('checking');
  await observer.compareAll();
  const journal = readJournal(world.journalFile);
  await checkSurvivors(world, observer);
  checkTruth(world.books, observer, journal);
  await checkLeftOver(world, journal);
  const count = (state: string): number => journal.runs.filter(({ outcome }) => outcome === state).length;
  log(
    `the journal has ${journal.runs.length} runs: ${['ok', 'failed', 'interrupted', 'cancelled'].map((state) => `${count(state)} ${state}`).join(', ')}; ${journal.results.length} results`,
  );
}
