// Looks at the servers and the journal again and again while they are broken, and remembers what it saw: what there was,
// what it held, how far behind each target was. It asks btrfs and SQLite, never btrfleet.
import { setTimeout as pause } from 'node:timers/promises';
import { slowness } from '../testing/machine-speed.ts';
import { unfinishedRuns } from './journal.ts';
import { fingerprints, type Listed, listing, type Place, placeName } from './listing.ts';
import { PRIMARY } from './sequence.ts';
import { PLACES, POOL, SERVED, type Served, SUBVOLUMES, snapshotsOf, taskSeconds } from './stage.ts';
import type { World } from './world.ts';

/** What one filesystem held at a moment, in milliseconds since 1970. */
export interface Look {
  readonly at: number;
  readonly listed: readonly Listed[];
}

export interface Seen extends Listed {
  readonly place: Place;
  readonly firstSeen: number;
  lastSeen: number;
}

/** What was seen of all filesystems until now. */
export interface Observed {
  /** By the name of a place, oldest first. */
  readonly looks: ReadonlyMap<string, readonly Look[]>;
  /** Every subvolume there ever was, at each of its paths. */
  readonly seen: readonly Seen[];
}

const LOOK_SECONDS = 2;
/** A slow machine is looked at as many times less often, up to so many. */
const LEAST_OFTEN = 4;
const COMPARED_OF_EACH = 2;
const SLOWNESS_MS = 20_000;

export const IN_TIME = 'a healthy target has a restore point within 2 intervals';
export const SAME_CONTENT = 'a replica has the content of its source';
export const NOT_FOR_EVER = 'no run is at work for ever';

/** No run of a few megabytes takes longer on a quiet machine, even if each server was broken meanwhile. */
const LONGEST_RUN_SECONDS = 300;

/** Seconds for which a server that refused or could not be reached is not asked again (hosts/port/backoff). */
const HELD_BACK = 30;

export class Observer implements Observed {
  readonly looks = new Map<string, Look[]>();
  readonly #world: World;
  readonly #seen = new Map<string, Seen>();
  /** By uuid, of snapshots on the primary that nobody touched. */
  readonly #contents = new Map<string, string>();
  readonly #compared = new Set<string>();
  readonly #since = new Map<number, number>();
  readonly #worst = new Map<string, { lag: number; text: string }>();
  readonly #stop = new AbortController();
  #slownessAt = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
  }

  get seen(): readonly Seen[] {
    return [...this.#seen.values()];
  }

  begin(): void {
    this.#work = this.#loop();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    for (const { text } of this.#worst.values()) this.#world.books.found(IN_TIME, text);
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.look();
      this.#noteLags();
      this.#noteRuns();
      await this.#compareOne();
      const rest = LOOK_SECONDS * 1000 * Math.min(LEAST_OFTEN, this.#world.slowness);
      await pause(rest, null, { signal }).catch(() => undefined);
      if (Date.now() - this.#slownessAt < SLOWNESS_MS) continue;
      this.#slownessAt = Date.now();
      this.#world.slowness = Math.max(this.#world.slowness, await slowness());
    }
  }

  /** All filesystems once; one that cannot be listed is left out. */
  async look(): Promise<void> {
    await Promise.all(
      PLACES.map(async (place) => {
        // What is listed was there then, or came since.
        const at = Date.now();
        try {
          this.#note(place, { at, listed: await listing(this.#world, place) });
        } catch {
          // It is broken, or its disk is away.
        }
      }),
    );
  }

  #note(place: Place, look: Look): void {
    const name = placeName(place);
    this.looks.set(name, [...(this.looks.get(name) ?? []), look]);
    for (const listed of look.listed) {
      const key = `${name} ${listed.uuid} ${listed.path}`;
      const { firstSeen = look.at } = this.#seen.get(key) ?? {};
      this.#seen.set(key, { ...listed, place, firstSeen, lastSeen: look.at });
    }
  }

  /** The newest restore point of a target: when its source was made; null: there is none, or nobody could look. */
  newest({ place, directory }: Served): number | null {
    const look = this.looks.get(placeName(place))?.at(-1);
    if (look === undefined || Date.now() - look.at > this.#world.patience(10)) return null;
    const times = look.listed
      .filter(
        ({ path, readOnly, receivedUuid }) => readOnly && receivedUuid && path.startsWith(`${directory}/`),
      )
      .map(({ path }) => Date.parse(path.slice(directory.length + 1)))
      // One made on a clock that was ahead tells no time.
      .filter((time) => time <= Date.now());
    return times.length === 0 ? null : Math.max(...times);
  }

  #noteLags(): void {
    const { books } = this.#world;
    const seconds = 2 * taskSeconds(this.#world) + this.#world.patience(4) / 1000;
    for (const served of SERVED) {
      const since = books.wellSince(['manager', PRIMARY, served.place.server]);
      const now = Date.now();
      if (since === null || now - since < (seconds + HELD_BACK) * 1000) continue;
      const newest = this.newest(served);
      if (newest === null) continue;
      books.checked(IN_TIME);
      const lag = (now - newest) / 1000;
      const key = `${served.task.name} ${served.directory} ${placeName(served.place)}`;
      if (lag <= seconds || lag <= (this.#worst.get(key)?.lag ?? 0)) continue;
      const broken = books.isAnyBroken(now) ? 'while others were broken' : 'while nothing was broken';
      const text = `${key}: ${lag.toFixed(1)} s behind at ${new Date(now).toISOString()}, ${broken}; well for ${Math.round((now - since) / 1000)} s, limit ${seconds.toFixed(1)} s`;
      this.#worst.set(key, { lag, text });
    }
  }

  #noteRuns(): void {
    try {
      const unfinished = unfinishedRuns(this.#world.journalFile);
      this.#world.books.checked(NOT_FOR_EVER);
      for (const { id, kind } of unfinished) {
        const since = this.#since.get(id) ?? Date.now();
        this.#since.set(id, since);
        const seconds = (Date.now() - since) / 1000;
        if (seconds > this.#world.patience(LONGEST_RUN_SECONDS) / 1000)
          this.#world.books.found(NOT_FOR_EVER, `run ${id} (${kind}) has not ended after 5 minutes or more`);
      }
    } catch {
      // The journal cannot be read just now.
    }
  }

  /** Takes the content of the newest snapshot that has none yet, and compares the newest replica that can be. */
  async #compareOne(): Promise<void> {
    const latest = this.looks.get(`${PRIMARY}:${POOL}`)?.at(-1)?.listed ?? [];
    const own = latest.filter(
      ({ path, uuid, readOnly }) =>
        readOnly &&
        !this.#contents.has(uuid) &&
        SUBVOLUMES.some((name) => path.startsWith(`${snapshotsOf(name)}/2`)),
    );
    const chosen = own.at(-1);
    if (chosen) await this.#takeContents([chosen]);
    const fresh = this.seen.filter(
      (one) => this.#isComparable(one) && Date.now() - one.lastSeen < this.#world.patience(5),
    );
    const replica = fresh.at(-1);
    if (replica) await this.#compare([replica]);
  }

  async #takeContents(list: readonly Listed[]): Promise<void> {
    const contents = await this.#contentsOf(PRIMARY, list);
    for (const [index, { uuid }] of list.entries()) {
      const content = contents[index];
      if (content && !this.#world.books.touched.has(uuid)) this.#contents.set(uuid, content);
    }
  }

  async #contentsOf(server: string, list: readonly Listed[]): Promise<readonly (string | null)[]> {
    const paths = list.map(({ path }) => path);
    // A server that is broken is asked another time.
    return paths.length === 0 ? [] : fingerprints(this.#world, server, paths).catch(() => []);
  }

  #isComparable({ uuid, receivedUuid, readOnly, place }: Seen): boolean {
    const { touched } = this.#world.books;
    return (
      readOnly &&
      receivedUuid !== null &&
      place.server !== PRIMARY &&
      this.#contents.has(receivedUuid) &&
      !this.#compared.has(uuid) &&
      !touched.has(uuid) &&
      !touched.has(receivedUuid)
    );
  }

  /** Replicas of one server. */
  async #compare(list: readonly Seen[]): Promise<void> {
    const { books } = this.#world;
    const contents = await this.#contentsOf(list[0]?.place.server ?? PRIMARY, list);
    for (const [index, one] of list.entries()) {
      const content = contents[index];
      // It may have been changed by hand meanwhile.
      if (!content || !this.#isComparable(one)) continue;
      this.#compared.add(one.uuid);
      books.checked(SAME_CONTENT);
      const source = this.#contents.get(one.receivedUuid ?? '');
      if (content === source) continue;
      const what = `${placeName(one.place)} ${one.path} (${one.uuid}): ${content}`;
      books.found(SAME_CONTENT, `${what}, its source ${one.receivedUuid}: ${source}`);
    }
  }

  /** What is left to compare, at the end: on each server the newest, so many of each directory. */
  async compareAll(): Promise<void> {
    const since = Date.now();
    await this.look();
    const latest = this.looks.get(`${PRIMARY}:${POOL}`)?.at(-1)?.listed ?? [];
    const sources = SUBVOLUMES.flatMap((name) =>
      latest
        .filter(({ path, readOnly }) => readOnly && path.startsWith(`${snapshotsOf(name)}/2`))
        .slice(-COMPARED_OF_EACH),
    );
    await this.#takeContents(sources.filter(({ uuid }) => !this.#contents.has(uuid)));
    for (const { place, directory } of SERVED) {
      const there = this.seen.filter(
        (one) =>
          one.lastSeen >= since &&
          placeName(one.place) === placeName(place) &&
          one.path.startsWith(`${directory}/`) &&
          this.#isComparable(one),
      );
      await this.#compare(there.slice(-COMPARED_OF_EACH));
    }
  }
}
