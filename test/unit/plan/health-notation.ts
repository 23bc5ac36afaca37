/**
 * A fleet in few words, for tests of health: what lies on each server is written as for restore points, and the verdict
 * as one line. It decides nothing.
 */
import assert from 'node:assert/strict';
import type { Task, TaskTargetMemory } from '../../../src/core/model/automation/task.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import type { Filesystem, Inventory } from '../../../src/core/model/inventory.ts';
import type { Server } from '../../../src/core/model/server.ts';
import type { GoneReplica } from '../../../src/core/model/snapshot.ts';
import type { Health } from '../../../src/core/model/status/health.ts';
import { formatTarget, parseTarget, type Target } from '../../../src/core/model/target.ts';
import { judgeHealth } from '../../../src/core/plan/status/health.ts';
import type { HealthQuestion, TaskFacts } from '../../../src/core/plan/status/health-question.ts';
import { sightOf } from '../../../src/core/plan/status/health-sight.ts';
import {
  type ReplicaSource,
  replicasOn,
  restorePointOf,
} from '../../../src/core/plan/status/restore-point.ts';
import { targetLag } from '../../../src/core/plan/status/task-state.ts';
import { every, task, UNREACHABLE } from './automation-notation.ts';
import { nameOf, snapshots } from './notation.ts';
import { type Entry, filesystem, snap, valueIn } from './world.ts';

export { UNREACHABLE };

/** `a` is the first of January 2026; it is noon of the tenth. */
export const NOW = Date.parse('2026-01-10T12:00:00.000Z');
export const TAKEN = '2026-01-10T11:59:00.000Z';
export const TOMORROW = '2026-01-11T00:00:00.000Z';
const MARK = 'mine';
const DAY = 86_400;

export const server = (name: string, more: Partial<Server> = {}): Server => ({
  name,
  host: `${name}.example.org`,
  port: 22,
  user: 'root',
  auth: { kind: 'agent' },
  jump: null,
  role: name === 'a' ? 'primary' : 'secondary',
  defaultMount: null,
  ...more,
});

/** What the primary has; null: it was never seen. */
export const source = (text: string | null, more: Partial<ReplicaSource> = {}): ReplicaSource | null =>
  text === null
    ? null
    : {
        server: 'a',
        filesystemUuid: 'home',
        marks: { own: MARK, inherited: [], until: '' },
        replicaBelow: 'data',
        snapshots: snapshots('primary', text),
        foreign: [],
        ...more,
      };

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** As in the tests of restore points; `a?` is marked as being received. */
function entry(name: string, word: string): Entry {
  const [, place = '', letter = '', mark = ''] = /^(old\/|~)?([a-z])(['?!]?)$/.exec(word) ?? [];
  assert.notEqual(letter, '', `not in the notation: ${word}`);
  const directory = { '': '.snapshots/data', 'old/': '.snapshots/old', '~': 'backup' }[place] ?? '?';
  return snap(`${directory}/${nameOf(letter)}`, null, {
    uuid: `${name}-${letter}`,
    receivedUuid: mark === '' ? `id-${letter}` : null,
    readOnly: mark !== "'" && mark !== '?',
  });
}

export function pool(
  name: string,
  text: string,
  more: Partial<Filesystem> = {},
  mount = '/pool',
): Filesystem {
  const receiving = words(text)
    .filter((word) => word.endsWith('?'))
    .map((word) => `${mount}/.snapshots/data/${nameOf(word[0] ?? '')}`);
  return filesystem(
    [mount],
    words(text).map((word) => entry(name, word)),
    { uuid: `${name} ${mount}`, receiving, owners: { [`${mount}/.snapshots/data`]: [MARK] }, ...more },
  );
}

export const look = (name: string, ...filesystems: Filesystem[]): Inventory => ({
  server: name,
  takenAt: TAKEN,
  filesystems,
  problems: [],
});

export interface World {
  /** What the primary has; null: it was never seen. */
  readonly a: string | null;
  /** By server: what it has; a look; null: it was never seen. */
  readonly others?: Readonly<Record<string, string | Inventory | null>>;
  /** Of servers that cannot be looked at now. */
  readonly faults?: Readonly<Record<string, Fault>>;
  /** `nightly b c:/usb`, and more about it. */
  readonly tasks?: readonly (readonly [words: string, more?: TaskMore])[];
  /** By server, a letter: the newest replica that was there and is gone. */
  readonly gone?: Readonly<Record<string, string>>;
  /** By server, letters: those that were there and are gone. */
  readonly missed?: Readonly<Record<string, string>>;
  /** How long ago they were first missed, in hours; default: just now. */
  readonly missedHours?: number;
  /** Its name, as a letter; default: the newest. */
  readonly named?: string;
  readonly policySeconds?: number;
  readonly verifications?: HealthQuestion['verifications'];
  readonly promised?: HealthQuestion['promised'];
  readonly isGone?: boolean;
}

interface TaskMore extends Partial<Task> {
  readonly isRunning?: boolean;
  /** Default: in twelve hours. */
  readonly nextRun?: string | null;
  /** Letters: what its last round brought to each target. */
  readonly brought?: string;
  readonly memory?: Partial<TaskTargetMemory>;
  /** A letter: what is remembered of each target. */
  readonly remembered?: string;
}

/** Daily, unless it says otherwise. */
function taskFacts([text, more = {}]: NonNullable<World['tasks']>[number], world: World): TaskFacts {
  const { isRunning = false, nextRun = TOMORROW, brought = '', memory, remembered = '', ...settings } = more;
  const [name = '', ...targets] = words(text);
  const one = task(name, '/data', targets.join(' '), { schedule: every(DAY), ...settings });
  const here = source(world.a);
  const made = (here?.snapshots ?? []).filter(({ state }) => state === 'complete').map((own) => own.name);
  const lags = one.targets.map((target) => {
    const sight = replicasOn({
      server: server(target.server),
      mount: target.mount,
      look: lookOf(target.server, world),
      source: here,
      into: null,
      remembered: words(remembered).map((letter) => ({
        ...{ originId: `id-${letter}`, mount: target.mount ?? '/pool' },
        ...{ filesystem: null, name: nameOf(letter), verifiedAt: nameOf(letter) },
      })),
    });
    const point = restorePointOf([{ subvolume: '/data', sight }], made, NOW);
    return targetLag({
      ...{ target, point, rpoSeconds: one.rpoSeconds, now: NOW },
      newest: made.at(-1) ?? null,
      oldest: made[0] ?? null,
      memory: memory ? { ...MEMORY, task: name, target: formatTarget(target), ...memory } : null,
    });
  });
  const names = new Set(words(brought).map(nameOf));
  return {
    ...{ task: one, lags, isRunning, nextRun, made },
    brought: new Map(one.targets.map((target) => [formatTarget(target), names])),
  };
}

const MEMORY: TaskTargetMemory = {
  task: '',
  target: '',
  failures: 0,
  fault: null,
  suspendedAt: null,
  absentSince: null,
  triedAt: TAKEN,
};

function lookOf(name: string, { others = {} }: World): Inventory | null {
  const there = others[name] ?? null;
  return typeof there === 'string' ? look(name, pool(name, there)) : there;
}

export function healthIn(world: World): Health {
  const here = source(world.a);
  const tasks = (world.tasks ?? []).map((one) => taskFacts(one, world));
  const complete = here?.snapshots.filter(({ state }) => state === 'complete') ?? [];
  const name = world.named
    ? nameOf(world.named)
    : (complete.filter((one) => Date.parse(one.name) <= NOW).at(-1)?.name ?? null);
  const wanted =
    name === null
      ? null
      : { name, originId: here?.snapshots.find((one) => one.name === name)?.originId ?? null };
  const servers = [...new Set(['a', ...Object.keys(world.others ?? {})])].map((one) => ({
    role: server(one).role,
    sight: sightOf({
      server: server(one),
      look: one === 'a' ? (lookOf('a', world) ?? look('a')) : lookOf(one, world),
      source: here,
      wanted,
      targets: targetsOn(one, tasks),
      intos: [],
      receiving: new Set(),
      remembered: [],
      gone: goneOn(one, world),
      missed: missedOn(one, world),
      rules: tasks.flatMap(({ task }) => task.retention ?? []),
      now: NOW,
    }),
    fault: world.faults?.[one] ?? null,
  }));
  const question: HealthQuestion = {
    subvolume: '/data',
    isNamed: world.named !== undefined,
    wanted,
    primary: {
      server: 'a',
      source: here,
      isGone: world.isGone ?? false,
      fault: world.faults?.['a'] ?? null,
      seenAt: here === null && world.isGone !== true ? null : TAKEN,
    },
    servers,
    tasks,
    makers: world.policySeconds === undefined ? [] : [{ schedule: every(world.policySeconds), task: null }],
    restores: [],
    sizes: new Map(),
    verifications: world.verifications ?? [],
    scrubs: new Map(),
    promised: world.promised ?? null,
    now: NOW,
  };
  return judgeHealth(question);
}

function goneOn(name: string, { gone = {} }: World): GoneReplica[] {
  const moment = gone[name] === undefined ? null : nameOf(gone[name]);
  if (moment === null) return [];
  const path = `/pool/.snapshots/data/${moment}`;
  return [{ filesystem: `${name} /pool`, path, name: moment, goneAt: TAKEN }];
}

const missedOn = (name: string, { missed = {}, missedHours = 0 }: World): GoneReplica[] =>
  (missed[name] ?? '').split(' ').flatMap((letter) => {
    const moment = letter === '' ? null : nameOf(letter);
    if (moment === null) return [];
    const goneAt = new Date(NOW - missedHours * 3_600_000).toISOString();
    return [{ filesystem: `${name} /pool`, path: `/pool/.snapshots/data/${moment}`, name: moment, goneAt }];
  });

function targetsOn(name: string, tasks: readonly TaskFacts[]): Target[] {
  const all = tasks.flatMap((one) => one.task.targets).filter((target) => target.server === name);
  return [...new Set(all.map(formatTarget))].map((text) => valueIn(parseTarget(text)));
}

/** `degraded: b missing, c complete`; a copy that nobody expects stands in brackets. */
export function verdict({ overall, replicas }: Health): string {
  const rows = replicas.map(({ server: name, mount, status, isExpected }) => {
    const where = mount === null || mount === '/pool' ? name : `${name}:${mount}`;
    return isExpected ? `${where} ${status}` : `(${where} ${status})`;
  });
  return `${overall}: ${rows.join(', ')}`;
}
