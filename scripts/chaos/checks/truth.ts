// Whether what the journal says is so: what it calls made or received was there, and is, unless it says who deleted it.

import type { Books } from '../books.ts';
import type { Journal, ResultRow, RunRow } from '../journal.ts';
import type { Look, Observed, Seen } from '../observer.ts';
import { PRIMARY } from '../sequence.ts';
import { POOL, replicasOf, snapshotsOf } from '../stage.ts';

const OK_IS_SO = 'what the journal calls ok is so';
const NO_FULL = 'no needless full send';

const nameOf = (subvolume: string): string => subvolume.slice(`${POOL}/`.length);

const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export function checkTruth(books: Books, observer: Observed, journal: Journal): void {
  const truth = new Truth(books, observer, journal);
  for (const row of journal.results)
    if ((row.status === 'ok' || row.status === 'already-there') && row.snapshot !== null)
      truth.checkReplica(row);
  for (const run of journal.runs) truth.checkSnapshots(run);
  checkFullSends(books, observer, journal.results);
}

class Truth {
  readonly #books: Books;
  readonly #observer: Observed;
  readonly #runs: readonly RunRow[];
  /** `server subvolume name` of what clean-ups and deletions say they deleted. */
  readonly #deleted = new Set<string>();

  constructor(books: Books, observer: Observed, { runs }: Journal) {
    this.#books = books;
    this.#observer = observer;
    this.#runs = runs;
    for (const { report } of runs) {
      if (report?.kind === 'cleanup')
        for (const { name } of report.deleted)
          this.#deleted.add(`${report.server} ${report.subvolume} ${name}`);
      if (report?.kind === 'delete')
        for (const { name, status } of report.results)
          if (status === 'deleted') this.#deleted.add(`${report.server} ${report.subvolume} ${name}`);
    }
  }

  checkReplica({ id, run, server, mount, subvolume, into, snapshot, status }: ResultRow): void {
    const books = this.#books;
    const path = `${replicasOf(into === null ? {} : { into }, nameOf(subvolume), mount ?? POOL)}/${snapshot}`;
    books.checked(OK_IS_SO);
    const what = `run ${run}, result ${id}: ${status}, ${server} ${path}`;
    const wrong = this.#objection({ server, path, subvolume });
    if (wrong !== null) books.found(OK_IS_SO, `${what}; ${wrong}`);
    const source = this.#everAt(PRIMARY, `${snapshotsOf(nameOf(subvolume))}/${snapshot}`);
    const replicas = this.#everAt(server, path).filter(({ readOnly }) => readOnly);
    if (source.length === 0 || replicas.length === 0) return;
    const ids = source.map(({ uuid, receivedUuid }) => receivedUuid ?? uuid);
    if (!replicas.some(({ receivedUuid }) => ids.includes(receivedUuid ?? '')))
      books.found(
        OK_IS_SO,
        `${what}; received from ${replicas[0]?.receivedUuid}, the source is ${ids.join(', ')}`,
      );
  }

  checkSnapshots({ id, report }: RunRow): void {
    const made = report?.kind === 'snapshot' ? report.snapshots : [];
    for (const { path, subvolume, uuid } of made) {
      this.#books.checked(OK_IS_SO);
      const wrong = this.#objection({ server: PRIMARY, path, subvolume });
      if (wrong !== null) this.#books.found(OK_IS_SO, `run ${id}: made ${path} (${uuid}); ${wrong}`);
    }
  }

  #everAt(server: string, path: string): Seen[] {
    return this.#observer.seen.filter((one) => one.place.server === server && one.path === path);
  }

  /** Why it cannot be so that it was made; null: it is there, or it is known who deleted it. */
  #objection(about: { server: string; path: string; subvolume: string }): string | null {
    const { server, path, subvolume } = about;
    const ever = this.#everAt(server, path);
    const last = Math.max(0, ...ever.map(({ lastSeen }) => lastSeen));
    const looks = this.#looksAt(server, path);
    if (ever.length > 0 && !looks.some(({ at }) => at > last)) return null;
    if (this.#deleted.has(`${server} ${subvolume} ${fileOf(path)}`)) return null;
    if (this.#books.deletedByHand.has(`${server} ${path}`)) return null;
    if (this.#isBrokenOff(server, subvolume)) return null;
    if (ever.length === 0) return 'it was never there, and nobody says that it was deleted';
    return `it was there until ${new Date(last).toISOString()}, and nobody says who deleted it`;
  }

  #looksAt(server: string, path: string): readonly Look[] {
    for (const [name, looks] of this.#observer.looks) {
      const mount = name.slice(server.length + 1);
      if (name === `${server}:${mount}` && path.startsWith(`${mount}/`)) return looks;
    }
    return [];
  }

  /** A clean-up that did not live to say what it deleted. */
  #isBrokenOff(server: string, subvolume: string): boolean {
    return this.#runs.some(
      ({ request, outcome }) =>
        request.kind === 'cleanup' &&
        outcome !== 'ok' &&
        request.subvolume === subvolume &&
        (request.server ?? PRIMARY) === server,
    );
  }
}

/** Longer ago a look says nothing about what there was when a send began. */
const NEAR_MS = 30_000;

function checkFullSends(books: Books, observer: Observed, results: readonly ResultRow[]): void {
  const first = new Set<string>();
  for (const row of results) {
    if (row.status !== 'ok') continue;
    books.checked(NO_FULL);
    const { mode, server, mount, subvolume, into } = row;
    const key = [server, mount, subvolume, into].join(' ');
    const isFirst = !first.has(key);
    first.add(key);
    if (isFirst || mode !== 'full') continue;
    const common = commonAround(books, observer, row);
    if (common.length === 0) continue;
    books.found(
      NO_FULL,
      `run ${row.run}, result ${row.id}: ${row.snapshot} in full to ${key} at ${row.startedAt}, though both sides had ${common.join(', ')}`,
    );
  }
}

/** Names of the untouched snapshots that both sides had in the look before a send began and in the one after that. */
function commonAround(books: Books, observer: Observed, row: ResultRow): string[] {
  const begun = Date.parse(row.startedAt);
  const directory = `${snapshotsOf(nameOf(row.subvolume))}/2`;
  const around = (place: string): Look[] => {
    const looks = observer.looks.get(place) ?? [];
    const before = looks.findLast(({ at }) => at < begun - 1000);
    const after = looks.find(({ at }) => at > begun);
    return [before, after].filter(
      (look) => look !== undefined && Math.abs(look.at - begun) < NEAR_MS,
    ) as Look[];
  };
  const sources = around(`${PRIMARY}:${POOL}`);
  const targets = around(`${row.server}:${row.mount ?? POOL}`);
  if (sources.length < 2 || targets.length < 2) return [];
  const { touched } = books;
  const had = (look: Look, uuid: string): boolean =>
    look.listed.some((one) => one.readOnly && one.uuid === uuid);
  const received = (look: Look, id: string): boolean =>
    look.listed.some((one) => one.readOnly && one.receivedUuid === id && !touched.has(one.uuid));
  const candidates = sources[0]?.listed.filter((one) => one.readOnly && one.path.startsWith(directory)) ?? [];
  return candidates
    .filter(({ uuid }) => !touched.has(uuid))
    .filter(
      ({ uuid }) => sources.every((look) => had(look, uuid)) && targets.every((look) => received(look, uuid)),
    )
    .map(({ path }) => fileOf(path));
}
