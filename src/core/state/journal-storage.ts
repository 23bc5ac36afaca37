/**
 * Decides what is remembered of storage: samples for the trend, sizes that were measured, the last look at each
 * server, and what people have been told. It measures nothing.
 */
import type { Alarm } from '../model/alarm.ts';
import type { MeasuredSize, StorageLook, StorageSample } from '../model/storage.ts';
import type { JournalDatabase, Row } from './journal-database.ts';
import { readStorageLook, writeStorageLook } from './storage-codec.ts';

export interface StorageJournal {
  /** One sample per filesystem and hour is enough: a second one in the same hour takes the place of the first. */
  addStorageSample(sample: StorageSample): void;
  /** Oldest first; `since`: ISO 8601 UTC; with `server` only of its filesystems. */
  storageSamples(since: string, server?: string): StorageSample[];
  saveStorageLook(look: StorageLook): void;
  /** The last one of each server. */
  storageLooks(): StorageLook[];
  saveSizes(sizes: readonly MeasuredSize[]): void;
  sizesOf(uuids: readonly string[]): ReadonlyMap<string, MeasuredSize>;
  /** Deletes samples before that time, and sizes measured before it; returns how many rows. */
  pruneStorage(limit: { readonly before: string }): number;
  /** What is being told about each subject: its state and since when. */
  alarms(): ReadonlyMap<string, Alarm>;
  /** Null: it is forgotten. */
  saveAlarm(key: string, alarm: Alarm | null): void;
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
  alarms: () =>
    new Map(
      database.rows('SELECT * FROM alarms').map((row) => [
        String(row['key']),
        {
          state: STATES.find((state) => state === row['state']) ?? 'bad',
          title: String(row['title']),
          since: String(row['since']),
          toldAt: row['told_at'] === null ? null : String(row['told_at']),
        },
      ]),
    ),
  saveAlarm: (key, alarm) => {
    if (alarm === null) database.run('DELETE FROM alarms WHERE key = ?', key);
    else {
      database.run(
        'INSERT OR REPLACE INTO alarms (key, state, title, since, told_at) VALUES (?, ?, ?, ?, ?)',
        key,
        alarm.state,
        alarm.title,
        alarm.since,
        alarm.toldAt,
      );
    }
  },
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

function saveSize(database: JournalDatabase, size: MeasuredSize): void {
  database.run(
    `INSERT OR REPLACE INTO sizes (uuid, referenced_bytes, exclusive_bytes, source, measured_at)
     VALUES (?, ?, ?, ?, ?)`,
    size.uuid,
    size.referencedBytes,
    size.exclusiveBytes,
    size.source,
    size.measuredAt,
  );
}

const STATES: readonly Alarm['state'][] = ['warning', 'bad', 'over'];

const toSample = (row: Row): StorageSample => ({
  server: String(row['server']),
  filesystem: String(row['filesystem']),
  takenAt: String(row['taken_at']),
  sizeBytes: Number(row['size_bytes']),
  usedBytes: Number(row['used_bytes']),
  freeBytes: Number(row['free_bytes']),
});

const toSize = (row: Row): MeasuredSize => ({
  uuid: String(row['uuid']),
  referencedBytes: Number(row['referenced_bytes']),
  exclusiveBytes: Number(row['exclusive_bytes']),
  source: row['source'] === 'qgroups' ? 'qgroups' : 'du',
  measuredAt: String(row['measured_at']),
});
