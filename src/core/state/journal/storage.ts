/**
 * Decides what is remembered of storage: samples for the trend, sizes that were measured, and the last look at each
 * server. It measures nothing.
 */
import type { KeptSize, StorageLook, StorageSample } from '../../model/storage.ts';
import type { JournalDatabase, Row } from './database.ts';
import { readStorageLook, writeStorageLook } from './kinds/part-codecs.ts';

export interface StorageJournal {
  /** One sample per filesystem and hour is enough: a second one in the same hour takes the place of the first. */
  addStorageSample(sample: StorageSample): void;
  /** Oldest first; `since`: ISO 8601 UTC; with `server` only of its filesystems. */
  storageSamples(since: string, server?: string): StorageSample[];
  saveStorageLook(look: StorageLook): void;
  /** The last one of each server. */
  storageLooks(): StorageLook[];
  saveSizes(sizes: readonly KeptSize[]): void;
  sizesOf(uuids: readonly string[]): ReadonlyMap<string, KeptSize>;
  /** Deletes samples before that time, and sizes measured before it; returns how many rows. */
  pruneStorage(limit: { readonly before: string }): number;
  /** Every filesystem that was ever seen and has samples left, with the time of the newest; also those that are away. */
  lastSamples(): Pick<StorageSample, 'server' | 'filesystem' | 'takenAt'>[];
}

export const storageJournal = (database: JournalDatabase): StorageJournal => ({
  addStorageSample: (sample) => {
    database.run(
      `INSERT OR REPLACE INTO storage_samples (server, filesystem, hour, taken_at, size_bytes, used_bytes, free_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      sample.server,
      sample.filesystem,
      sample.takenAt.slice(0, 'YYYY-MM-DDTHH'.length),
      sample.takenAt,
      sample.sizeBytes,
      sample.usedBytes,
      sample.freeBytes,
    );
  },
  storageSamples: (since, server) => samplesSince(database, since, server),
  saveStorageLook: (look) => {
    database.run(
      'INSERT OR REPLACE INTO storage_looks (server, taken_at, content) VALUES (?, ?, ?)',
      look.server,
      look.takenAt,
      writeStorageLook(look),
    );
  },
  storageLooks: () =>
    database
      .rows('SELECT content FROM storage_looks ORDER BY server')
      .flatMap((row) => readStorageLook(row['content']) ?? []),
  saveSizes: (sizes) =>
    database.write(() => {
      for (const size of sizes) saveSize(database, size);
    }),
  sizesOf: (uuids) =>
    new Map(
      database
        .rows('SELECT * FROM sizes WHERE uuid IN (SELECT value FROM json_each(?))', JSON.stringify(uuids))
        .map(toSize)
        .map((size) => [size.uuid, size]),
    ),
  pruneStorage: ({ before }) =>
    database.run('DELETE FROM storage_samples WHERE taken_at < ?', before) +
    database.run('DELETE FROM sizes WHERE measured_at < ?', before),
  lastSamples: () => lastSamples(database),
});

function samplesSince(database: JournalDatabase, since: string, server?: string): StorageSample[] {
  const found =
    server === undefined
      ? database.rows('SELECT * FROM storage_samples WHERE taken_at >= ? ORDER BY taken_at', since)
      : database.rows(
          'SELECT * FROM storage_samples WHERE server = ? AND taken_at >= ? ORDER BY taken_at',
          server,
          since,
        );
  return found.map(toSample);
}

/** From one filesystem to the next by the key: there are thousands of samples of each. */
function lastSamples(database: JournalDatabase): Pick<StorageSample, 'server' | 'filesystem' | 'takenAt'>[] {
  const found: Pick<StorageSample, 'server' | 'filesystem' | 'takenAt'>[] = [];
  for (let at = { server: '', filesystem: '' }; ; ) {
    const row = database.row(
      `SELECT server, filesystem FROM storage_samples WHERE (server, filesystem) > (?, ?)
       ORDER BY server, filesystem LIMIT 1`,
      at.server,
      at.filesystem,
    );
    if (row === null) return found;
    at = { server: String(row['server']), filesystem: String(row['filesystem']) };
    const newest = database.row(
      `SELECT taken_at FROM storage_samples WHERE server = ? AND filesystem = ? ORDER BY hour DESC LIMIT 1`,
      at.server,
      at.filesystem,
    );
    found.push({ ...at, takenAt: String(newest?.['taken_at']) });
  }
}

function saveSize(database: JournalDatabase, size: KeptSize): void {
  database.run(
    `INSERT OR REPLACE INTO sizes (uuid, referenced_bytes, exclusive_bytes, source, measured_at, family)
     VALUES (?, ?, ?, ?, ?, ?)`,
    size.uuid,
    size.referencedBytes,
    size.exclusiveBytes,
    size.source,
    size.measuredAt,
    size.family ?? '',
  );
}

const toSample = (row: Row): StorageSample => ({
  server: String(row['server']),
  filesystem: String(row['filesystem']),
  takenAt: String(row['taken_at']),
  sizeBytes: Number(row['size_bytes']),
  usedBytes: Number(row['used_bytes']),
  freeBytes: Number(row['free_bytes']),
});

const toSize = (row: Row): KeptSize => ({
  uuid: String(row['uuid']),
  referencedBytes: Number(row['referenced_bytes']),
  exclusiveBytes: Number(row['exclusive_bytes']),
  source: row['source'] === 'qgroups' ? 'qgroups' : 'du',
  measuredAt: String(row['measured_at']),
  family: String(row['family']),
});
