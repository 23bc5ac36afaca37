/** Decides how it is kept by which path people know a subvolume. It is written only where a look showed something new. */
import type { RememberedPlace } from '../../model/place.ts';
import type { JournalDatabase, Row } from './database.ts';

export interface PlaceJournal {
  /** By uuid of the filesystem, in the order in which they were chosen. */
  rememberedPlaces(server: string): ReadonlyMap<string, readonly RememberedPlace[]>;
  /** Writes what is new of these, and drops the paths in `gone`. */
  rememberPlaces(
    server: string,
    filesystem: string,
    changed: readonly RememberedPlace[],
    gone: readonly string[],
  ): void;
}

export const placeJournal = (database: JournalDatabase): PlaceJournal => ({
  rememberedPlaces: (server) => {
    const rows = database.rows('SELECT * FROM places WHERE server = ? ORDER BY id', server);
    const grouped = Map.groupBy(rows, (row) => String(row['filesystem']));
    return new Map([...grouped].map(([filesystem, of]) => [filesystem, of.map(placeOf)]));
  },
  rememberPlaces: (server, filesystem, changed, gone) =>
    database.write(() => {
      for (const path of gone)
        database.run(
          'DELETE FROM places WHERE server = ? AND filesystem = ? AND path = ?',
          ...[server, filesystem, path],
        );
      for (const { path, inside, uuid, before } of changed)
        database.run(
          `INSERT INTO places (server, filesystem, path, inside, uuid, before) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (server, filesystem, path) DO UPDATE
             SET inside = excluded.inside, uuid = excluded.uuid, before = excluded.before`,
          ...[server, filesystem, path, inside, uuid, JSON.stringify(before)],
        );
    }),
});

const placeOf = (row: Row): RememberedPlace => ({
  path: String(row['path']),
  inside: String(row['inside']),
  uuid: String(row['uuid']),
  before: uuidsIn(String(row['before'])),
});

function uuidsIn(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
