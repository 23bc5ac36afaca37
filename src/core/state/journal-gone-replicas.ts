/**
 * Decides what is remembered of replicas that were seen whole and are not there any more, though btrfleet did not delete
 * them. Of each subvolume on a filesystem only the newest: of older ones another manager's retention may have let go.
 */
import type { GoneReplica } from '../model/snapshot.ts';
import type { JournalDatabase } from './journal-database.ts';
import type { Replica } from './journal-replicas.ts';

/** What a look at `before` (ISO 8601 UTC) did not show, of what was seen there earlier; `there`: origin ids. */
export function forgetGone(
  database: JournalDatabase,
  server: string,
  filesystem: string,
  before: string,
  there: ReadonlySet<string>,
): void {
  const rows = database.rows(
    'SELECT path, origin_id, subvolume, name FROM replicas WHERE server = ? AND filesystem = ? AND verified_at < ?',
    ...[server, filesystem, before],
  );
  const gone = rows.filter((row) => !there.has(String(row['origin_id'])));
  if (gone.length === 0) return;
  database.write(() => {
    for (const row of gone) {
      const [path, subvolume, name] = [row['path'], row['subvolume'], row['name']].map(String);
      const forgotten = database.run(
        'DELETE FROM replicas WHERE server = ? AND filesystem = ? AND path = ? AND verified_at < ?',
        ...[server, filesystem, path ?? '', before],
      );
      // Sent or deleted by somebody else of us since it was read: that is the newer truth.
      if (forgotten === 0) continue;
      database.run(
        `INSERT INTO gone_replicas (server, filesystem, subvolume, path, name, gone_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET path = excluded.path, name = excluded.name, gone_at = excluded.gone_at
         WHERE excluded.name > name`,
        ...[server, filesystem, subvolume ?? '', path ?? '', name ?? '', before],
      );
    }
  });
}

/** One as new or newer is there: what is gone is missed no longer. */
export function isBack(database: JournalDatabase, { server, filesystem, subvolume, name }: Replica): void {
  database.run(
    'DELETE FROM gone_replicas WHERE server = ? AND filesystem = ? AND subvolume = ? AND name <= ?',
    ...[server, filesystem ?? '', subvolume, name],
  );
}

/** It was btrfleet that deleted it. */
export function forgetGoneAt(
  database: JournalDatabase,
  server: string,
  path: string,
  filesystem: string | null,
): void {
  database.run(
    'DELETE FROM gone_replicas WHERE server = ? AND path = ? AND filesystem = ?',
    ...[server, path, filesystem ?? ''],
  );
}

export const goneReplicas = (database: JournalDatabase, server: string, subvolume: string): GoneReplica[] =>
  database
    .rows('SELECT * FROM gone_replicas WHERE server = ? AND subvolume = ?', server, subvolume)
    .map((row) => ({
      filesystem: String(row['filesystem']),
      path: String(row['path']),
      name: String(row['name']),
      goneAt: String(row['gone_at']),
    }));
