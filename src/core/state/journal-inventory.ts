/**
 * Decides how the last known inventory of each server is kept, so that a screen has something to show before any
 * server has answered. It is never a ground for a deletion.
 */
import type { Inventory } from '../model/inventory.ts';
import type { JournalDatabase, Row } from './journal-database.ts';

export interface InventoryJournal {
  /** Replaces the one before. */
  saveInventory(inventory: Inventory): void;
  /** Null: never seen, or kept in another version's form. */
  lastInventory(server: string): Inventory | null;
  /** By server. */
  lastInventories(): Inventory[];
  /**
   * Drops all that is remembered of a server that left the fleet: inventory, replicas and marks of what it was
   * receiving, for its name may be given to another machine. Its runs stay in the history.
   */
  forgetServer(name: string): void;
}

/** Raised with every change to `Inventory` that an older reader would misread. */
const FORMAT = 1;

export const inventoryJournal = (database: JournalDatabase): InventoryJournal => ({
  saveInventory: (inventory) => {
    const content = JSON.stringify(inventory);
    database.run(
      'INSERT OR REPLACE INTO inventories (server, taken_at, format, content) VALUES (?, ?, ?, ?)',
      inventory.server,
      inventory.takenAt,
      FORMAT,
      content,
    );
  },
  lastInventory: (server) => {
    const row = database.row('SELECT format, content FROM inventories WHERE server = ?', server);
    return row === null ? null : toInventory(row);
  },
  lastInventories: () =>
    database
      .rows('SELECT format, content FROM inventories ORDER BY server')
      .flatMap((row) => toInventory(row) ?? []),
  forgetServer: (name) =>
    database.writeDurably(() => {
      for (const table of ['inventories', 'replicas', 'receiving']) {
        database.run(`DELETE FROM ${table} WHERE server = ?`, name);
      }
    }),
});

/** Of the same format it is exactly what was saved, so its thousands of snapshots are not checked one by one. */
function toInventory(row: Row): Inventory | null {
  if (row['format'] !== FORMAT || typeof row['content'] !== 'string') return null;
  const value: unknown = JSON.parse(row['content']);
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
