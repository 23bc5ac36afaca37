/**
 * Which replicas were compared with their source and are not the same: for good, since no look at one of them can find out
 * that it is right after all. By server: what one says is believed of its own replicas alone, and machines made from one
 * image have the same uuids.
 */
import { isoTime } from '../../model/clock.ts';
import type { DifferentMark, Marks } from '../../model/runs/different.ts';
import type { Verification } from '../../model/runs/verification.ts';
import type { JournalDatabase, Row } from './database.ts';
import { writeVerification } from './proofs.ts';

/** One replica. */
export interface ReplicaKey {
  readonly server: string;
  /** Uuids. */
  readonly filesystem: string;
  readonly uuid: string;
}

/** What a comparison came to. */
export interface Compared extends ReplicaKey {
  readonly verifications: readonly Verification[];
  /** `different`: never to be built on again. `same`: all of its content was compared. Null: neither is known. */
  readonly verdict:
    | (Pick<DifferentMark, 'path' | 'subvolume' | 'what'> & {
        readonly kind: 'different';
        readonly generation: number;
      })
    | { readonly kind: 'same' }
    | null;
}

/** What is known to be made of one that is marked. */
export interface MadeOf {
  readonly uuid: string;
  readonly path: string;
  readonly generation: number;
  readonly mark: DifferentMark;
}

export interface DifferentJournal {
  /** What counts for a filesystem there. What another server has counts where that one does not show it now: a disk was carried. */
  differentOn(server: string, filesystem: string): Marks;
  /** Of all servers, those that were compared themselves, or whose origin is gone. */
  allDifferent(): DifferentMark[];
  /** Durably, and all of it or nothing: the mark, and when it was compared. */
  noteCompared(compared: Compared): void;
  /** What is there now, of a whole listing: `there` has the uuids, also of what something there was made of. What is not there
   * counts on: its disk may be back. */
  tendDifferent(
    server: string,
    filesystem: string,
    now: { readonly there: ReadonlySet<string>; readonly madeOf: readonly MadeOf[] },
  ): void;
  /** With all that is known to be made of it. */
  forgetDifferent(replica: ReplicaKey): void;
  /** Another one whenever anything was marked or forgotten in between, on whatever filesystem. */
  differentStamp(): string;
}

/** `shows`: whether a server shows a filesystem now. */
export const differentJournal = (
  database: JournalDatabase,
  shows: (server: string, filesystem: string) => boolean,
): DifferentJournal => ({
  differentOn: (server, filesystem) => {
    const rows = database.rows('SELECT * FROM different WHERE filesystem = ?', filesystem);
    const own = rows.filter((row) => row['server'] === server);
    const others = rows.filter((row) => row['server'] !== server && row['is_same'] === 0);
    const away = new Set(
      [...new Set(others.map((row) => String(row['server'])))].filter((one) => !shows(one, filesystem)),
    );
    const same = new Set(own.filter((row) => row['is_same'] === 1).map((row) => String(row['uuid'])));
    const wrong = [...others.filter((row) => away.has(String(row['server']))), ...own].map(toMark);
    return {
      same,
      different: new Map(wrong.filter(({ uuid }) => !same.has(uuid)).map((mark) => [mark.uuid, mark])),
    };
  },
  allDifferent: () => {
    const marks = database
      .rows('SELECT * FROM different WHERE is_same = 0 ORDER BY server, path')
      .map(toMark);
    const known = new Set(marks.map(keyText));
    return marks.filter((mark) => mark.of === null || !known.has(keyText({ ...mark, uuid: mark.of })));
  },
  noteCompared: ({ verdict, verifications, ...replica }) =>
    database.writeDurably(() => {
      if (verdict?.kind === 'different') {
        mark(database, replica, { ...verdict, of: null, foundAt: isoTime(database.clock.now()) });
        // What was proven of those before says nothing of this one.
        for (const { subvolume } of verifications.slice(0, 1))
          database.run(
            'DELETE FROM verifications WHERE subvolume = ? AND server = ? AND filesystem = ?',
            ...[subvolume, replica.server, replica.filesystem],
          );
      }
      if (verdict?.kind === 'same') {
        forget(database, replica);
        database.run(
          `INSERT INTO different (server, filesystem, uuid, path, subvolume, found_at, what, is_same)
           VALUES (?, ?, ?, '', '', ?, '', 1)`,
          ...[replica.server, replica.filesystem, replica.uuid, isoTime(database.clock.now())],
        );
      }
      for (const one of verifications) writeVerification(database, one);
    }),
  tendDifferent: (server, filesystem, { there, madeOf }) => {
    const rows = database.rows(
      'SELECT uuid FROM different WHERE server = ? AND filesystem = ? ORDER BY id',
      ...[server, filesystem],
    );
    const known = new Set(rows.map((row) => String(row['uuid'])));
    const fresh = madeOf
      .filter(({ uuid, mark: { server: whose } }) => whose === server && !known.has(uuid))
      .slice(0, Math.max(0, MOST - known.size));
    // A disk may take the place of its copy and be back tomorrow, so what is not seen counts on, but for the oldest of many.
    const gone = [...known]
      .filter((uuid) => !there.has(uuid))
      .slice(0, Math.max(0, known.size + fresh.length - KEPT));
    if (gone.length + fresh.length === 0) return;
    database.writeDurably(() => {
      for (const uuid of gone) drop(database, { server, filesystem, uuid });
      for (const { uuid, path, generation, mark: origin } of fresh) {
        const about = { ...origin, path, generation, of: origin.of ?? origin.uuid };
        mark(database, { server, filesystem, uuid }, about);
      }
    });
  },
  forgetDifferent: (replica) => database.write(() => forget(database, replica)),
  differentStamp: () => {
    const row = database.row('SELECT count(*) n, max(id) newest FROM different');
    return `${row?.['n']} ${row?.['newest']}`;
  },
});

/** Rows of one filesystem; what more is made of what differs is told as well, as long as what it was made of is there. */
const MOST = 1000;
/** Of these, those that are not there any more go where there are more rows than that. */
const KEPT = 500;

const keyText = ({ server, filesystem, uuid }: ReplicaKey): string =>
  JSON.stringify([server, filesystem, uuid]);

const toMark = (row: Row): DifferentMark => ({
  server: String(row['server']),
  filesystem: String(row['filesystem']),
  uuid: String(row['uuid']),
  path: String(row['path']),
  subvolume: String(row['subvolume']),
  foundAt: String(row['found_at']),
  what: String(row['what']),
  of: row['made_of'] === null ? null : String(row['made_of']),
});

function mark(
  database: JournalDatabase,
  { server, filesystem, uuid }: ReplicaKey,
  about: Pick<DifferentMark, 'path' | 'subvolume' | 'what' | 'foundAt' | 'of'> & {
    readonly generation: number;
  },
): void {
  drop(database, { server, filesystem, uuid });
  database.run(
    `INSERT INTO different (server, filesystem, uuid, path, subvolume, found_at, what, made_of)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[server, filesystem, uuid, about.path, about.subvolume, about.foundAt, about.what, about.of],
  );
  // An older btrfleet knows no other word for what is never built on. `changed` is 0, so it stays in doubt there.
  database.run(
    `INSERT OR REPLACE INTO proofs (server, filesystem, uuid, generation, changed, doubt, tried)
     VALUES (?, ?, ?, ?, 0, 'changed', 0)`,
    ...[server, filesystem, uuid, about.generation],
  );
}

/** Also the word for an older btrfleet: what it is, the next look finds out. */
function drop(database: JournalDatabase, { server, filesystem, uuid }: ReplicaKey): void {
  const at = 'server = ? AND filesystem = ? AND uuid = ?';
  database.run(`DELETE FROM different WHERE ${at}`, server, filesystem, uuid);
  database.run(
    `DELETE FROM proofs WHERE ${at} AND changed = 0 AND doubt = 'changed'`,
    ...[server, filesystem, uuid],
  );
}

function forget(database: JournalDatabase, { server, filesystem, uuid }: ReplicaKey): void {
  drop(database, { server, filesystem, uuid });
  const made = database.rows(
    'SELECT uuid FROM different WHERE server = ? AND filesystem = ? AND made_of = ?',
    ...[server, filesystem, uuid],
  );
  for (const row of made) drop(database, { server, filesystem, uuid: String(row['uuid']) });
}
