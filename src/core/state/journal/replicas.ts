/**
 * Decides what is remembered of replicas: which are being received (so that a partial is known as ours) and which
 * were seen complete. It is memory, not truth: what a target lists now always wins.
 */
import { isoTime } from '../../model/clock.ts';
import type { GoneReplica } from '../../model/snapshot.ts';
import type { JournalDatabase, Row } from './database.ts';
import { forgetGone, forgetGoneAt, goneReplicas, isBack, missedReplicas } from './gone-replicas.ts';
import { wasDoomed } from './pins.ts';
import type { Replica } from './replica.ts';

export interface ReceivingMark {
  readonly server: string;
  /** Absolute path on the server of the replica that is being received. */
  readonly path: string;
  readonly originId: string;
  readonly runId: number | null;
}

export interface NotedReceiving extends ReceivingMark {
  readonly notedAt: string;
}

export interface ReplicaJournal {
  /** On the disk when it returns: to be called before the first byte is sent. */
  noteReceiving(mark: ReceivingMark): void;
  forgetReceiving(server: string, path: string): void;
  receivingOn(server: string): NotedReceiving[];
  /** The paths of `receivingOn` alone. */
  receivingPaths(server: string): ReadonlySet<string>;
  noteReplica(replica: Replica): void;
  /**
   * What was found there: written where it is not remembered yet. `since`: moves before it was looked at. What was being
   * deleted since then is not noted.
   */
  noteFound(replicas: readonly Replica[], since: number): void;
  /** `filesystem` null: it is not known on which it lay. One that was not noted in those days goes with it. */
  forgetReplica(server: string, path: string, filesystem: string | null): void;
  /** What a look at a filesystem did not show, of what was seen there before, ISO 8601 UTC; `there`: origin ids. */
  forgetGone(server: string, filesystem: string, before: string, there: ReadonlySet<string>): void;
  /** All of a filesystem that will not come back; null: what is remembered without one. Returns how many. */
  forgetFilesystem(server: string, filesystem: string | null): number;
  /** Where replicas are remembered on a server, by filesystem and mount. */
  replicaPlaces(server: string): ReplicaPlace[];
  /** By server and name. */
  replicasOf(subvolume: string): Replica[];
  /** The subvolumes that it has replicas of, by path. */
  sentTo(server: string): string[];
  /** Those of that content, under whatever path it was sent: the filesystem may be mounted elsewhere by now. */
  replicasWith(originIds: readonly string[]): Replica[];
  /** Those on one server that were seen at that time (ISO 8601 UTC) or since; null: all of them. By name. */
  replicasSince(server: string, subvolume: string, since: string | null): Replica[];
  /** Whether any of any subvolume was. */
  hasReplicasSince(server: string, since: string): boolean;
  /** How many `replicasSince` gives of all times. */
  replicaCount(server: string, subvolume: string): number;
  /** What looks did not show any more and btrfleet did not delete: of each filesystem of the server the newest. */
  goneReplicas(server: string, subvolume: string): GoneReplica[];
  /** Each of them that was first missed since then, ISO 8601 UTC, and is not back; by name. */
  missedReplicas(server: string, subvolume: string, since: string): GoneReplica[];
}

export interface ReplicaPlace {
  readonly filesystem: string | null;
  readonly mount: string;
  readonly replicas: number;
  /** When one of them was last seen, ISO 8601 UTC. */
  readonly seenAt: string;
}

export const replicaJournal = (database: JournalDatabase): ReplicaJournal => ({
  ...receivingIn(database),
  ...replicasIn(database),
  ...knownIn(database),
});

type ReceivingJournal = Pick<
  ReplicaJournal,
  'noteReceiving' | 'forgetReceiving' | 'receivingOn' | 'receivingPaths'
>;

const receivingIn = (database: JournalDatabase): ReceivingJournal => ({
  noteReceiving: ({ server, path, originId, runId }) =>
    database.writeDurably(() => {
      database.run(
        'INSERT OR REPLACE INTO receiving (server, path, origin_id, run_id, noted_at) VALUES (?, ?, ?, ?, ?)',
        server,
        path,
        originId,
        runId,
        isoTime(database.clock.now()),
      );
    }),
  // Durable too: a mark that comes back would call ours what somebody else put there since.
  forgetReceiving: (server, path) =>
    database.writeDurably(() => {
      database.run('DELETE FROM receiving WHERE server = ? AND path = ?', server, path);
    }),
  receivingOn: (server) =>
    database.rows('SELECT * FROM receiving WHERE server = ? ORDER BY path', server).map(toMark),
  receivingPaths: (server) =>
    new Set(
      database.rows('SELECT path FROM receiving WHERE server = ?', server).map(({ path }) => String(path)),
    ),
});

const replicasIn = (
  database: JournalDatabase,
): Omit<ReplicaJournal, keyof (ReceivingJournal & KnownJournal)> => ({
  noteReplica: (replica) => database.writeDurably(() => noteReplica(database, replica)),
  noteFound: (replicas, since) => {
    const missing = replicas.filter((replica) => !isRemembered(database, replica));
    if (missing.length === 0) return;
    database.writeDurably(() => {
      for (const replica of missing) if (!wasDoomed(database, replica, since)) noteReplica(database, replica);
    });
  },
  forgetReplica: (server, path, filesystem) =>
    database.write(() => {
      database.run(
        "DELETE FROM replicas WHERE server = ? AND path = ? AND filesystem IN ('', ?)",
        server,
        path,
        filesystem ?? '',
      );
      forgetGoneAt(database, server, path, filesystem);
    }),
  forgetGone: (server, filesystem, before, there) => forgetGone(database, server, filesystem, before, there),
  forgetFilesystem: (server, filesystem) => {
    database.run('DELETE FROM gone_replicas WHERE server = ? AND filesystem = ?', server, filesystem ?? '');
    database.run('DELETE FROM missed_replicas WHERE server = ? AND filesystem = ?', server, filesystem ?? '');
    database.run('DELETE FROM storage_samples WHERE server = ? AND filesystem = ?', server, filesystem ?? '');
    return database.run('DELETE FROM replicas WHERE server = ? AND filesystem = ?', server, filesystem ?? '');
  },
  replicaPlaces: (server) =>
    database
      .rows(
        `SELECT filesystem, mount, COUNT(*) replicas, MAX(verified_at) seen_at FROM replicas WHERE server = ?
         GROUP BY filesystem, mount ORDER BY mount, filesystem`,
        server,
      )
      .map((row) => ({
        filesystem: filesystemOf(row),
        mount: String(row['mount']),
        replicas: Number(row['replicas']),
        seenAt: String(row['seen_at']),
      })),
  goneReplicas: (server, subvolume) => goneReplicas(database, server, subvolume),
  missedReplicas: (server, subvolume, since) => missedReplicas(database, server, subvolume, since),
});

type KnownJournal = Pick<
  ReplicaJournal,
  'replicasOf' | 'sentTo' | 'replicasWith' | 'replicasSince' | 'hasReplicasSince' | 'replicaCount'
>;

const knownIn = (database: JournalDatabase): KnownJournal => ({
  replicasOf: (subvolume) =>
    database
      .rows('SELECT * FROM replicas WHERE subvolume = ? ORDER BY server, name', subvolume)
      .map(toReplica),
  sentTo: (server) =>
    database
      .rows('SELECT DISTINCT subvolume FROM replicas WHERE server = ? ORDER BY subvolume', server)
      .map((row) => String(row['subvolume'])),
  hasReplicasSince: (server, since) =>
    database.row('SELECT 1 FROM replicas WHERE server = ? AND verified_at >= ? LIMIT 1', server, since) !==
    null,
  replicasWith: (originIds) =>
    database
      .rows(
        `SELECT * FROM replicas WHERE origin_id IN (SELECT value FROM json_each(?)) ORDER BY server, name`,
        JSON.stringify(originIds),
      )
      .map(toReplica),
  replicasSince: (server, subvolume, since) =>
    database
      .rows(
        'SELECT * FROM replicas WHERE server = ? AND subvolume = ? AND verified_at >= ? ORDER BY name',
        server,
        subvolume,
        since ?? '',
      )
      .map(toReplica),
  replicaCount: (server, subvolume) =>
    Number(
      database.row('SELECT COUNT(*) n FROM replicas WHERE server = ? AND subvolume = ?', server, subvolume)?.[
        'n'
      ],
    ),
});

function noteReplica(database: JournalDatabase, replica: Replica): void {
  const { server, filesystem, path, originId, subvolume, mount, name, verifiedAt } = replica;
  if (filesystem !== null) {
    // Now it is known on which one it lies.
    database.run(
      "DELETE FROM replicas WHERE server = ? AND filesystem = '' AND path = ? AND origin_id = ?",
      ...[server, path, originId],
    );
  }
  database.run(
    `INSERT OR REPLACE INTO replicas (server, filesystem, path, origin_id, subvolume, mount, name, verified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[server, filesystem ?? '', path, originId, subvolume, mount, name, verifiedAt],
  );
  isBack(database, replica);
}

const isRemembered = (database: JournalDatabase, { server, filesystem, path, originId }: Replica): boolean =>
  database.row(
    'SELECT 1 FROM replicas WHERE server = ? AND filesystem = ? AND path = ? AND origin_id = ?',
    ...[server, filesystem ?? '', path, originId],
  ) !== null;

const filesystemOf = (row: Row): string | null =>
  row['filesystem'] === '' ? null : String(row['filesystem']);

const toMark = (row: Row): NotedReceiving => ({
  server: String(row['server']),
  path: String(row['path']),
  originId: String(row['origin_id']),
  runId: row['run_id'] === null ? null : Number(row['run_id']),
  notedAt: String(row['noted_at']),
});

const toReplica = (row: Row): Replica => ({
  originId: String(row['origin_id']),
  subvolume: String(row['subvolume']),
  server: String(row['server']),
  filesystem: filesystemOf(row),
  mount: String(row['mount']),
  path: String(row['path']),
  name: String(row['name']),
  verifiedAt: String(row['verified_at']),
});
