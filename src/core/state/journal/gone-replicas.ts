/**
 * Decides what is remembered of replicas that were seen whole and are not there any more, though btrfleet did not delete
 * them: of each subvolume on a filesystem the newest, which is missed until one as new is there; and each by itself, for
 * a week.
 */
import type { GoneReplica } from '../../model/snapshot.ts';
import type { JournalDatabase, Row } from './database.ts';
import type { Replica } from './replica.ts';

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
        `INSERT OR REPLACE INTO missed_replicas (server, filesystem, path, subvolume, name, gone_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
        ...[server, filesystem, path ?? '', subvolume ?? '', name ?? '', before],
      );
      database.run(
        `INSERT INTO gone_replicas (server, filesystem, subvolume, path, name, gone_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET path = excluded.path, name = excluded.name, gone_at = excluded.gone_at
         WHERE excluded.name > name`,
        ...[server, filesystem, subvolume ?? '', path ?? '', name ?? '', before],
      );
    }
  });
}

/** One as new or newer is there: what is gone is missed no longer. Of older ones each is missed until it is back itself. */
export function isBack(
  database: JournalDatabase,
  { server, filesystem, subvolume, name, path }: Replica,
): void {
  forgetMissedAt(database, server, path, filesystem);
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
  forgetMissedAt(database, server, path, filesystem);
  database.run(
    'DELETE FROM gone_replicas WHERE server = ? AND path = ? AND filesystem = ?',
    ...[server, path, filesystem ?? ''],
  );
}

function forgetMissedAt(
  database: JournalDatabase,
  server: string,
  path: string,
  filesystem: string | null,
): void {
  database.run(
    'DELETE FROM missed_replicas WHERE server = ? AND path = ? AND filesystem = ?',
    ...[server, path, filesystem ?? ''],
  );
}

/** `since`: those that were first missed then (ISO 8601 UTC) or later. By name. */
export const missedReplicas = (
  database: JournalDatabase,
  server: string,
  subvolume: string,
  since: string,
): GoneReplica[] =>
  database
    .rows(
      'SELECT * FROM missed_replicas WHERE server = ? AND subvolume = ? AND gone_at >= ? ORDER BY name',
      ...[server, subvolume, since],
    )
    .map(toGone);

const toGone = (row: Row): GoneReplica => ({
  filesystem: String(row['filesystem']),
  path: String(row['path']),
  name: String(row['name']),
  goneAt: String(row['gone_at']),
});

export const goneReplicas = (database: JournalDatabase, server: string, subvolume: string): GoneReplica[] =>
  database
    .rows('SELECT * FROM gone_replicas WHERE server = ? AND subvolume = ?', server, subvolume)
    .map(toGone);
