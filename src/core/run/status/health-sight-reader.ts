/**
 * Reads from the last look at a server what health asks of it. A look is only read when something about the answer may
 * have changed since it was asked the last time: those of a large fleet take seconds.
 */
import type { Task } from '../../model/automation/task.ts';
import { isoTime } from '../../model/clock.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { MISSED_FOR } from '../../plan/status/health-missing.ts';
import { type ServerSight, sightOf } from '../../plan/status/health-sight.ts';
import type { LookStamp } from '../../state/journal/inventory.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { Scene, Subject } from './health-subject.ts';

interface KnownSight {
  /** Differs as soon as the answer may be another one. */
  readonly stamp: string;
  readonly sight: ServerSight;
}

const memories = new WeakMap<Fleet, Map<string, KnownSight>>();

/** One pass over servers, one after the other; the look that is read for one is given up with the next. */
export class SightReader {
  readonly #scene: Scene;
  readonly #stamps: ReadonlyMap<string, LookStamp>;
  readonly #memory: Map<string, KnownSight>;
  #look: { readonly server: string; readonly inventory: Inventory | null } | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#stamps = scene.fleet.journal.lookStamps();
    this.#memory = memories.get(scene.fleet) ?? new Map<string, KnownSight>();
    memories.set(scene.fleet, this.#memory);
  }

  read(server: Server, subject: Subject, tasks: readonly Task[]): ServerSight {
    const { fleet, now } = this.#scene;
    const { subvolume, source, wanted, isNamed } = subject;
    const look = this.#stamps.get(server.name) ?? null;
    const mine = tasks.filter(({ targets }) => targets.some((target) => target.server === server.name));
    const targets = targetsOn(server, mine);
    const intos = [...new Set(mine.flatMap(({ into }) => into ?? []))];
    const receiving = fleet.journal.receivingPaths(server.name);
    const remembered = look ? fleet.journal.replicasSince(server.name, subvolume, look.takenAt) : [];
    const gone = fleet.journal.goneReplicas(server.name, subvolume);
    const missed = fleet.journal.missedReplicas(server.name, subvolume, isoTime(now - MISSED_FOR));
    const rules = mine.flatMap(({ retention }) => retention ?? []);
    const about = [look?.digest, server.defaultMount, wanted, source && identityOf(source), targets, intos];
    const stamp = JSON.stringify([...about, [...receiving].toSorted(), remembered, gone, missed, rules]);
    const key = JSON.stringify([server.name, subvolume, isNamed]);
    const before = this.#memory.get(key);
    if (before?.stamp === stamp) return { ...before.sight, seenAt: look?.takenAt ?? null };
    const question = {
      server,
      source,
      wanted,
      targets,
      intos,
      receiving,
      remembered,
      gone,
      missed,
      rules,
      now,
    };
    const sight = sightOf({ ...question, look: this.#inventory(server.name) });
    this.#memory.set(key, { stamp, sight });
    return sight;
  }

  #inventory(server: string): Inventory | null {
    if (this.#look?.server !== server) {
      this.#look = { server, inventory: this.#scene.fleet.journal.lastInventory(server) };
    }
    return this.#look.inventory;
  }
}

/** Which subvolume it is: a new snapshot of it cannot be where nothing has changed, unless it is the one that is wanted. */
const identityOf = (source: NonNullable<Subject['source']>) => [
  source.server,
  source.filesystemUuid,
  source.marks,
  source.replicaBelow,
  // Those that others made are counted.
  source.foreign.length,
];

/** Each once, though several tasks may name it. */
function targetsOn(server: Server, tasks: readonly Task[]): Target[] {
  const all = tasks.flatMap(({ targets }) => targets).filter((target) => target.server === server.name);
  return [...new Map(all.map((target) => [formatTarget(target), target])).values()];
}
