/**
 * Decides how the last known inventory of each server is kept, so that a screen has something to show before any
 * server has answered. It is never a ground for a deletion.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Inventory } from '../model/inventory.ts';
import type { JournalDatabase, Row } from './journal-database.ts';

export interface LookStamp {
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** Of two looks the same, where they saw the same. */
  readonly digest: string;
}

export interface InventoryJournal {
  /**
   * Replaces the one before. Returns it as it is read back: in memory of its own, which what a parser made is not, for
   * a short string cut out of a long text keeps all of that text.
   */
  saveInventory(inventory: Inventory): Inventory;
  /** Null: never seen, or kept in another version's form. */
  lastInventory(server: string): Inventory | null;
  /** By server. */
  lastInventories(): Inventory[];
  /** Names of the servers that have one. */
  seenServers(): string[];
  /** By server: when it was last seen, and what tells whether anything but the time is new. Reads no inventory. */
  lookStamps(): ReadonlyMap<string, LookStamp>;
  /**
   * Drops all that is remembered of a server that left the fleet: inventory, replicas and marks of what it was
   * receiving, for its name may be given to another machine. Its runs stay in the history.
   */
  forgetServer(name: string): void;
}

/** Raised with every change to `Inventory` that an older reader would misread. */
const FORMAT = 1;

/** A thousand snapshots are 360 kB as text and 23 kB packed; packing them takes less than a millisecond. */
const FASTEST = { level: 1 } as const;

export const inventoryJournal = (database: JournalDatabase): InventoryJournal => ({
  saveInventory: saver(database),
  lastInventory: (server) => {
    const row = database.row('SELECT * FROM server_looks WHERE server = ?', server);
    if (row !== null) return unpacked(row);
    const old = database.row('SELECT format, content FROM inventories WHERE server = ?', server);
    return old === null ? null : fromText(old['format'], old['content']);
  },
  lastInventories: () => {
    const packed = database.rows('SELECT * FROM server_looks').map((row) => unpacked(row));
    const old = database
      .rows('SELECT * FROM inventories WHERE server NOT IN (SELECT server FROM server_looks)')
      .map((row) => fromText(row['format'], row['content']));
    return [...packed, ...old]
      .filter((one) => one !== null)
      .toSorted((a, b) => (a.server < b.server ? -1 : 1));
  },
  seenServers: () =>
    database
      .rows('SELECT server FROM server_looks UNION SELECT server FROM inventories ORDER BY server')
      .map((row) => String(row['server'])),
  lookStamps: () =>
    new Map(
      database
        .rows(
          `SELECT server, taken_at, digest FROM server_looks
           UNION ALL SELECT server, taken_at, taken_at digest FROM inventories
             WHERE server NOT IN (SELECT server FROM server_looks)`,
        )
        .map((row) => [
          String(row['server']),
          { takenAt: String(row['taken_at']), digest: String(row['digest']) },
        ]),
    ),
  forgetServer: (name) =>
    database.writeDurably(() => {
      for (const table of FORGOTTEN) database.run(`DELETE FROM ${table} WHERE server = ?`, name);
    }),
});

const FORGOTTEN = [
  'inventories',
  'server_looks',
  'replicas',
  'receiving',
  'storage_looks',
  'storage_samples',
] as const;

/** What is the same as at the last look shares its memory, as long as anybody still holds that. */
function saver(database: JournalDatabase): InventoryJournal['saveInventory'] {
  const shared = new Map<
    string,
    { readonly digest: string; readonly parts: WeakRef<Inventory['filesystems']> }
  >();
  return (seen) => {
    const text = JSON.stringify({ ...seen, takenAt: '' });
    const digest = createHash('sha1').update(text).digest('hex');
    const known = shared.get(seen.server);
    const before = known?.digest === digest ? known.parts.deref() : undefined;
    writeLook(database, seen, digest, text);
    if (before !== undefined) return { ...seen, filesystems: before };
    const inventory = { ...(fromText(FORMAT, text) ?? seen), takenAt: seen.takenAt };
    shared.set(seen.server, { digest, parts: new WeakRef(inventory.filesystems) });
    return inventory;
  };
}

function writeLook(
  database: JournalDatabase,
  { server, takenAt }: Inventory,
  digest: string,
  text: string,
): void {
  const same = database.run(
    'UPDATE server_looks SET taken_at = ? WHERE server = ? AND digest = ? AND format = ?',
    takenAt,
    server,
    digest,
    FORMAT,
  );
  if (same > 0) return;
  database.run(
    'INSERT OR REPLACE INTO server_looks (server, taken_at, format, digest, content) VALUES (?, ?, ?, ?, ?)',
    server,
    takenAt,
    FORMAT,
    digest,
    deflateRawSync(text, FASTEST),
  );
}

function unpacked(row: Row): Inventory | null {
  const { content } = row;
  if (!(content instanceof Uint8Array)) return null;
  const inventory = fromText(row['format'], inflateRawSync(content).toString('utf8'));
  return inventory === null ? null : { ...inventory, takenAt: String(row['taken_at']) };
}

/** Of the same format it is exactly what was saved, so its thousands of snapshots are not checked one by one. */
function fromText(format: unknown, content: unknown): Inventory | null {
  if (format !== FORMAT || typeof content !== 'string') return null;
  const value: unknown = JSON.parse(content);
  return isInventory(value) ? value : null;
}

const isInventory = (value: unknown): value is Inventory =>
  typeof value === 'object' &&
  value !== null &&
  'server' in value &&
  typeof value.server === 'string' &&
  'takenAt' in value &&
  typeof value.takenAt === 'string' &&
  'filesystems' in value &&
  Array.isArray(value.filesystems) &&
  'problems' in value &&
  Array.isArray(value.problems);
