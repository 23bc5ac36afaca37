/**
 * Decides what is remembered of replicas: which are being received (so that a partial is known as ours) and which
 * were seen complete. It is memory, not truth: what a target lists now always wins.
 */
import { isoTime } from '../model/clock.ts';
import type { JournalDatabase, Row } from './journal-database.ts';

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

export interface Replica {
  readonly originId: string;
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly server: string;
  readonly mount: string;
  readonly path: string;
  readonly name: string;
  /** When the server was last seen to list it complete, ISO 8601 UTC. */
  readonly verifiedAt: string;
}

export interface ReplicaJournal {
  /** On the disk when it returns: to be called before the first byte is sent. */
  noteReceiving(mark: ReceivingMark): void;
  forgetReceiving(server: string, path: string): void;
  receivingOn(server: string): NotedReceiving[];
  /** The paths of `receivingOn` alone. */
  receivingPaths(server: string): ReadonlySet<string>;
  noteReplica(replica: Replica): void;
  forgetReplica(server: string, path: string): void;
  /** By server and name. */
  replicasOf(subvolume: string): Replica[];
  /** Those on one server that were seen at that time (ISO 8601 UTC) or since; null: all of them. By name. */
  replicasSince(server: string, subvolume: string, since: string | null): Replica[];
}

export const replicaJournal = (database: JournalDatabase): ReplicaJournal => ({
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
  noteReplica: (replica) =>
    database.writeDurably(() => {
      database.run(
        `INSERT OR REPLACE INTO replicas (server, path, origin_id, subvolume, mount, name, verified_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        replica.server,
        replica.path,
        replica.originId,
        replica.subvolume,
        replica.mount,
        replica.name,
        replica.verifiedAt,
      );
    }),
  forgetReplica: (server, path) => {
    database.run('DELETE FROM replicas WHERE server = ? AND path = ?', server, path);
  },
  replicasOf: (subvolume) =>
    database
      .rows('SELECT * FROM replicas WHERE subvolume = ? ORDER BY server, name', subvolume)
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
});

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
  mount: String(row['mount']),
  path: String(row['path']),
  name: String(row['name']),
  verifiedAt: String(row['verified_at']),
});
