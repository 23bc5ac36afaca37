/**
 * Tells what is known of the replicas of tasks, from the last looks at servers and what the journal remembers. It
 * connects to nothing. A look at a server is only read again when what was seen there has changed: a large fleet is
 * asked for this several times a minute.
 */

import type { Task } from '../../model/automation/task.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { findSubvolume, ownSnapshots, type Place, placeOfVanished } from '../../plan/catalog/catalog.ts';
import { foreignOf } from '../../plan/catalog/foreign-history.ts';
import { isLiveReceived } from '../../plan/catalog/identity-words.ts';
import { nestedNote, unreachedNote } from '../../plan/catalog/place-notes.ts';
import {
  madeMoments,
  type ReplicaSight,
  type ReplicaSource,
  type RestorePoint,
  replicasOn,
  restorePointOf,
} from '../../plan/status/restore-point.ts';
import type { LookStamp } from '../../state/journal/inventory.ts';
import type { Fleet } from '../ground/fleet.ts';
import { inSlices } from '../ground/turns.ts';
import { ownMarks } from '../looks/own-marks.ts';

/** What is read. */
export type KnownFleet = Pick<Fleet, 'journal' | 'clock'>;

/** What one task is about to bring to its targets, and what is there. */
export interface KnownTask {
  /** Moments that the primary has of all members, the newest last; of many only the newest. */
  readonly made: readonly string[];
  /** The oldest one; null: none, or not known. */
  readonly oldest: string | null;
  /** As `formatTarget` writes it → how far it is. */
  readonly points: ReadonlyMap<string, RestorePoint>;
}

/**
 * Reads one server after the other with a pause in between: looks of a large fleet take seconds to read, and a screen
 * must answer its keys meanwhile. After it the next reading has little left to do.
 */
export async function readAhead(
  fleet: KnownFleet,
  servers: readonly Server[],
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<TaskReading> {
  const reading = new TaskReading(fleet, servers, tasks);
  const pause = inSlices(fleet.clock);
  for (const { name } of servers) {
    // Nothing was read: there is nothing to pause for.
    if (reading.read(name)) await pause();
    if (signal.aborted) break;
  }
  return reading;
}

/** The subvolume on the primary as a look has it; null: it was not seen there, nor any snapshot of it. */
export function sourceIn(inventory: Inventory, subvolume: string): ReplicaSource | null {
  const found = findSubvolume(inventory, subvolume);
  const place = found.ok ? found.value : placeOfVanished(inventory, subvolume);
  if (!place) return null;
  const path = found.ok ? found.value.path : subvolume;
  const { filesystem, directory, replicaBelow } = place;
  const snapshots = ownSnapshots(place);
  if (!snapshots.ok || (!found.ok && snapshots.value.length === 0)) return null;
  return {
    server: inventory.server,
    filesystemUuid: filesystem.uuid,
    marks: ownMarks({ path, filesystem, directory, subvolume: found.ok ? found.value.subvolume : null }),
    replicaBelow,
    snapshots: snapshots.value,
    foreign: found.ok ? foreignOf(found.value) : [],
    ...(found.ok ? placeNotes(found.value) : {}),
    ...(found.ok && isLiveReceived(found.value.subvolume) ? { isLiveReceived: true } : {}),
  };
}

function placeNotes(place: Place): Pick<ReplicaSource, 'nested' | 'unreached'> {
  const [nested, unreached] = [nestedNote(place), unreachedNote(place)];
  return { ...(nested === null ? {} : { nested }), ...(unreached === null ? {} : { unreached }) };
}

/** So many moments are kept of each subvolume and target; with clocks that are right the newest one is enough. */
const KEPT = 64;

interface Made {
  readonly moments: readonly string[];
  readonly oldest: string | null;
}

interface KnownSight {
  /** Differs as soon as the answer may be another one. */
  readonly stamp: string;
  readonly sight: ReplicaSight;
  /** Older moments were left out. */
  readonly isCut: boolean;
}

/** What was worked out, each with what it was worked out from. */
interface Memory {
  readonly made: Map<string, { readonly stamp: string; readonly made: Made }>;
  /** What tells a subvolume on the primary from another one of the same path. */
  readonly identities: Map<string, { readonly stamp: string; readonly identity: string }>;
  readonly sights: Map<string, KnownSight>;
}

const memories = new WeakMap<KnownFleet, Memory>();

function memoryOf(fleet: KnownFleet): Memory {
  const memory = memories.get(fleet) ?? { made: new Map(), identities: new Map(), sights: new Map() };
  memories.set(fleet, memory);
  return memory;
}

interface Question {
  readonly key: string;
  readonly task: Task;
  readonly target: Target;
  readonly subvolume: string;
}

/** One pass over all that is asked. What it has read of one server it knows from then on. */
export class TaskReading {
  readonly #fleet: KnownFleet;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #tasks: readonly Task[];
  /** By the server they are about; what was read is no question any more. */
  readonly #questions: Map<string, Question[]>;
  readonly #primary: Server | null;
  readonly #stamps: ReadonlyMap<string, LookStamp>;
  readonly #memory: Memory;
  #seenPrimary: Inventory | null | undefined;
  readonly #sources = new Map<string, ReplicaSource | null>();

  constructor(fleet: KnownFleet, servers: readonly Server[], tasks: readonly Task[]) {
    this.#fleet = fleet;
    this.#servers = new Map(servers.map((server) => [server.name, server]));
    this.#tasks = tasks;
    this.#questions = Map.groupBy(tasks.flatMap(questionsOf), ({ target }) => target.server);
    this.#primary = servers.find(({ role }) => role === 'primary') ?? null;
    this.#stamps = fleet.journal.lookStamps();
    this.#memory = memoryOf(fleet);
  }

  /** By name; what was not read yet is. */
  known(): ReadonlyMap<string, KnownTask> {
    for (const server of [...this.#questions.keys()]) this.read(server);
    const now = this.#fleet.clock.now();
    return new Map(
      this.#tasks.map((task) => {
        const made = this.#made(task);
        const points = task.targets.map((target) => {
          const point = this.#point({ task, target, made: made.moments, now });
          return [formatTarget(target), point] as const;
        });
        return [task.name, { made: made.moments, oldest: made.oldest, points: new Map(points) }];
      }),
    );
  }

  #point({ task, target, made, now }: PointQuestion): RestorePoint {
    const known = task.subvolumes.map((subvolume) => {
      const known = this.#memory.sights.get(keyOf({ task, target, subvolume }));
      if (!known) throw new Error(`nothing was worked out of ${subvolume} on ${formatTarget(target)}`);
      return { subvolume, isCut: known.isCut, sight: this.#asOfNow(known.sight, target.server) };
    });
    const point = restorePointOf(known, made, now);
    if (point.at !== null || !known.some(({ isCut }) => isCut)) return point;
    const whole = known.map(({ subvolume }) => ({
      subvolume,
      sight: this.#look({ task, target, subvolume }, this.#inventory(target.server)),
    }));
    return restorePointOf(whole, made, now);
  }

  /** Works out what has changed on one server. False: nothing, and no look was read for it. */
  read(server: string): boolean {
    let inventory: Inventory | null | undefined;
    for (const question of this.#questions.get(server) ?? []) {
      const stamp = this.#stampOf(question);
      if (this.#memory.sights.get(question.key)?.stamp === stamp) continue;
      inventory ??= this.#inventory(server);
      this.#memory.sights.set(question.key, { stamp, ...cut(this.#look(question, inventory)) });
    }
    this.#questions.delete(server);
    return inventory !== undefined;
  }

  /** The same was seen since. */
  #asOfNow(sight: ReplicaSight, server: string): ReplicaSight {
    const takenAt = this.#stamps.get(server)?.takenAt;
    return sight.kind === 'seen' && takenAt !== undefined ? { ...sight, seenAt: takenAt } : sight;
  }

  #look({ task, target, subvolume }: Omit<Question, 'key'>, look: Inventory | null): ReplicaSight {
    const server = this.#servers.get(target.server);
    if (!server) throw new Error(`the configuration has a target on ${target.server}, which is no server`);
    const remembered = this.#fleet.journal.replicasSince(server.name, subvolume, null);
    const source = this.#source(subvolume);
    return replicasOn({ server, mount: target.mount, look, source, into: task.into, remembered });
  }

  #stampOf({ task, target, subvolume }: Question): string {
    const look = this.#stamps.get(target.server);
    const since = this.#fleet.journal.replicasSince(target.server, subvolume, look?.takenAt ?? null);
    return JSON.stringify([
      look?.digest ?? null,
      this.#fleet.journal.replicaCount(target.server, subvolume),
      this.#servers.get(target.server)?.defaultMount ?? null,
      task.into,
      this.#identity(subvolume),
      since.length,
      since
        .map(({ verifiedAt }) => verifiedAt)
        .toSorted()
        .at(-1) ?? null,
    ]);
  }

  /**
   * Which subvolume it is, not which snapshots it has: a new one on the primary cannot have been on a target before the
   * target was last seen with something else.
   */
  #identity(subvolume: string): string {
    const stamp = this.#primaryStamp();
    const known = this.#memory.identities.get(subvolume);
    if (known?.stamp === stamp) return known.identity;
    const source = this.#source(subvolume);
    const identity = source
      ? JSON.stringify([source.server, source.filesystemUuid, source.marks, source.replicaBelow])
      : '';
    this.#memory.identities.set(subvolume, { stamp, identity });
    return identity;
  }

  #made({ subvolumes }: Task): Made {
    const stamp = this.#primaryStamp();
    const key = subvolumes.join('\0');
    const known = this.#memory.made.get(key);
    if (known?.stamp === stamp) return known.made;
    const moments = madeMoments(subvolumes.map((subvolume) => this.#source(subvolume))).toSorted();
    const made = { moments: moments.slice(-KEPT), oldest: moments[0] ?? null };
    this.#memory.made.set(key, { stamp, made });
    return made;
  }

  #primaryStamp(): string {
    const name = this.#primary?.name ?? '';
    return `${name} ${this.#stamps.get(name)?.digest ?? ''}`;
  }

  #source(subvolume: string): ReplicaSource | null {
    const known = this.#sources.get(subvolume);
    if (known !== undefined) return known;
    this.#seenPrimary ??= this.#primary ? this.#inventory(this.#primary.name) : null;
    const source = this.#seenPrimary ? sourceIn(this.#seenPrimary, subvolume) : null;
    this.#sources.set(subvolume, source);
    return source;
  }

  #inventory(server: string): Inventory | null {
    return this.#stamps.has(server) ? this.#fleet.journal.lastInventory(server) : null;
  }
}

interface PointQuestion {
  readonly task: Task;
  readonly target: Target;
  readonly made: readonly string[];
  readonly now: number;
}

const questionsOf = (task: Task): Question[] =>
  task.targets.flatMap((target) =>
    task.subvolumes.map((subvolume) => ({
      task,
      target,
      subvolume,
      key: keyOf({ task, target, subvolume }),
    })),
  );

const keyOf = ({ task, target, subvolume }: Omit<Question, 'key'>): string =>
  JSON.stringify([task.name, target.server, target.mount, subvolume]);

function cut(sight: ReplicaSight): { readonly sight: ReplicaSight; readonly isCut: boolean } {
  if (sight.kind === 'unknown') return { sight, isCut: false };
  const all = [sight.moments, ...sight.away.values()];
  if (all.every(({ size }) => size <= KEPT)) return { sight, isCut: false };
  const newest = (moments: ReadonlySet<string>) => new Set([...moments].toSorted().slice(-KEPT));
  const away = new Map([...sight.away].map(([disk, moments]) => [disk, newest(moments)]));
  return { sight: { ...sight, moments: newest(sight.moments), away }, isCut: true };
}
