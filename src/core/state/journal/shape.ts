/**
 * Decides of which version a journal's tables are. The number in the file may say less: a copy that was made by dumping
 * a damaged one has none.
 */
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './schema.ts';

/** 0: nothing is in it; null: what is in it is of no version. */
export function versionByTables(database: DatabaseSync): number | null {
  const shape = shapeOf(database);
  const reference = new DatabaseSync(':memory:');
  try {
    for (let version = 0; ; version += 1) {
      if (shapeOf(reference) === shape) return version;
      const step = MIGRATIONS[version];
      if (step === undefined) return null;
      reference.exec(step);
    }
  } finally {
    reference.close();
  }
}

/** Tables with their columns, and indexes. */
const shapeOf = (database: DatabaseSync): string =>
  JSON.stringify(
    database
      .prepare(
        `SELECT type, name, (
           SELECT group_concat(c.name, ' ') FROM (SELECT name FROM pragma_table_info(m.name) ORDER BY name) c
         ) AS columns
         FROM sqlite_schema m WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY type, name`,
      )
      .all(),
  );
