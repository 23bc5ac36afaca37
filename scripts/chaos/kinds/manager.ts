// Faults of the manager: its scheduler, its configuration, its journal, its disk.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type Unfinished, unfinishedRuns } from '../journal.ts';
import type { Injury, Kind } from '../kind.ts';
import { writeConfig } from '../stage.ts';
import type { World } from '../world.ts';

/** Waits until a run is at work of which this holds, but not for ever; gives whether it came. */
async function meets(world: World, holds: (run: Unfinished) => boolean): Promise<boolean> {
  const until = Date.now() + world.patience(10);
  while (Date.now() < until) {
    try {
      if (unfinishedRuns(world.journalFile).some(holds)) return true;
    } catch {
      // The journal cannot be read just now.
    }
    await pause(15);
  }
  return false;
}

const killedAt = (name: string, what: string, holds: (run: Unfinished) => boolean): Kind => ({
  name,
  place: 'manager',
  breaks: true,
  seconds: [1, 4],
  inject: async (world): Promise<Injury> => {
    const met = await meets(world, holds);
    await world.scheduler.end('SIGKILL', 10);
    return {
      what: `kill -9 of the scheduler ${met ? what : 'while nothing of that kind was at work'}`,
      heal: async () => world.scheduler.start(),
    };
  },
});

const stopped: Kind = {
  name: 'scheduler-stopped',
  place: 'manager',
  breaks: true,
  seconds: [4, 12],
  inject: async ({ scheduler }) => {
    scheduler.signal('SIGSTOP');
    return { what: 'SIGSTOP of the scheduler', heal: async () => scheduler.signal('SIGCONT') };
  },
};

const ended: Kind = {
  name: 'scheduler-ended',
  place: 'manager',
  breaks: true,
  seconds: [1, 3],
  inject: async (world) => {
    const begun = performance.now();
    const ending = await world.scheduler.end('SIGTERM', world.patience(60) / 1000);
    const seconds = (performance.now() - begun) / 1000;
    const limit = world.patience(30) / 1000;
    world.books.checked('SIGTERM ends it in time');
    if (ending === null || ending.code !== 0 || seconds > limit) {
      const how = ending === null ? 'not at all' : `with exit ${ending.code ?? ending.signal}`;
      world.books.found(
        'SIGTERM ends it in time',
        `ended ${how} after ${seconds.toFixed(1)} s of ${limit} s`,
      );
    }
    return {
      what: `SIGTERM of the scheduler, ended after ${seconds.toFixed(1)} s`,
      heal: async () => world.scheduler.start(),
    };
  },
};

const secondScheduler: Kind = {
  name: 'second-scheduler',
  place: 'manager',
  breaks: false,
  seconds: [1, 2],
  inject: async (world) => {
    const { code, stderr } = await world.btrfleet(['--schedule']);
    world.books.checked('one scheduler at a time');
    if (code !== 1 && world.scheduler.isUp)
      world.books.found('one scheduler at a time', `a second one was not refused: exit ${code} ${stderr}`);
    return { what: `a second scheduler, exit ${code}`, heal: async () => undefined };
  },
};

const hangups: Kind = {
  name: 'hangups',
  place: 'manager',
  breaks: false,
  seconds: [1, 2],
  inject: async ({ scheduler }, _, chance) => {
    const times = chance.whole(2, 9);
    for (let time = 0; time < times; time++) scheduler.signal('SIGHUP');
    return { what: `SIGHUP ${times} times`, heal: async () => undefined };
  },
};

const configBroken: Kind = {
  name: 'config-broken',
  place: 'manager',
  breaks: true,
  seconds: [3, 10],
  inject: async (world, _, chance) => {
    const cut = chance.next();
    const before = writeConfig(world, (text) => text.slice(0, Math.floor(text.length * cut)));
    return {
      what: `the configuration is cut off after ${Math.round(cut * 100)} %`,
      heal: async () => void writeConfig(world, () => before),
    };
  },
};

/** Two changes at once, of which neither may get lost. */
const configEdited: Kind = {
  name: 'config-edited',
  place: 'manager',
  breaks: false,
  seconds: [2, 6],
  inject: async (world, _, chance) => {
    const edit = async (rate: number, last: number): Promise<void> => {
      await Promise.all([
        world.mustBtrfleet(['task', 'edit', 'wide', '--rate', `${rate}M`]),
        world.mustBtrfleet(['task', 'edit', 'group', '--keep-last', String(last), '--yes']),
      ]);
      const { tasks } = JSON.parse(readFileSync(`${world.home}/config.json`, 'utf8')) as {
        tasks: { name: string; options: { rateBytesPerSecond: number }; retention: { last: number } }[];
      };
      const is = [
        tasks.find(({ name }) => name === 'wide')?.options.rateBytesPerSecond,
        tasks.find(({ name }) => name === 'group')?.retention.last,
      ].join(' ');
      world.books.checked('no change of the configuration is lost');
      if (is !== `${rate * 2 ** 20} ${last}`)
        world.books.found('no change of the configuration is lost', `${rate}M and ${last} became ${is}`);
    };
    const rate = chance.whole(1, 8);
    await edit(rate, 6);
    return { what: `two edits at once: rate ${rate}M, keep 6`, heal: () => edit(2, 5) };
  },
};

const journalLocked = (name: string, seconds: Kind['seconds']): Kind => ({
  name,
  place: 'manager',
  breaks: true,
  seconds,
  inject: async ({ journalFile }) => {
    const database = new DatabaseSync(journalFile, { timeout: 2000 });
    try {
      database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      database.close();
      throw error;
    }
    return { what: 'another process holds the journal', heal: async () => database.close() };
  },
});

const homeFull: Kind = {
  name: 'home-full',
  place: 'manager',
  breaks: true,
  seconds: [1, 3],
  inject: async ({ home }) => {
    const filler = `${home}/filler`;
    await endOf('sh', ['-c', 'cat /dev/zero >"$0" 2>/dev/null', filler]);
    return {
      what: 'the disk of the state directory is full',
      heal: async () => void (await endOf('rm', ['-f', filler])),
    };
  },
};

const endOf = (program: string, args: readonly string[]): Promise<unknown> =>
  new Promise((resolve, reject) =>
    spawn(program, args, { stdio: 'ignore' }).on('error', reject).on('close', resolve),
  );

export const MANAGER_KINDS: readonly Kind[] = [
  killedAt('scheduler-killed-in-transfer', 'in the midst of a transfer', ({ isSending }) => isSending),
  killedAt('scheduler-killed-at-snapshot', 'at a snapshot', ({ kind }) => kind === 'snapshot'),
  killedAt('scheduler-killed-at-clean-up', 'at a clean-up', ({ kind }) => kind === 'cleanup'),
  stopped,
  ended,
  secondScheduler,
  hangups,
  configBroken,
  configEdited,
  journalLocked('journal-locked', [2, 3]),
  journalLocked('journal-locked-long', [7, 12]),
  homeFull,
];
