/**
 * Decides how the last known inventory of each server is kept, so that a screen has something to show before any
 * server has answered. It is never a ground for a deletion.
 */

import { isoTime } from '../../model/clock.ts';
import type { Fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { readFault } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';
import {
  fromHead,
  fromText,
  headOf,
  INVENTORY_FORMAT,
  type InventoryHead,
  type PackedLists,
  packLists,
} from './inventory-codec.ts';

export interface LookStamp {
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** Of two looks the same, where they saw the same. */
  readonly digest: string;
}

export interface InventoryJournal {
  /**
   * Replaces the one before. Returns it as it is read back: packed. What a parser made keeps all of the text it was cut
   * out of in memory, for as long as anybody holds a word of it.
   */
  saveInventory(inventory: Inventory, answer?: string): Inventory;
  /** The last look, with what tells whether the server said the same then; null: none that was kept with it. */
  lastAnswer(server: string): { readonly answer: string; readonly inventory: Inventory } | null;
  /** Why a look at a server failed: it stays until one is saved. */
  noteLookFailure(server: string, fault: Fault): void;
  /** By server: why the last look failed, whoever tried. Those that are not in it were seen then. */
  lookFailures(): ReadonlyMap<string, Fault>;
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

export function inventoryJournal(database: JournalDatabase): InventoryJournal {
  const kept: Kept = new Map();
  return {
    saveInventory: (seen, answer) => save(database, kept, seen, answer ?? null),
    lastAnswer: (server) => lastAnswer(database, kept, server),
    lastInventory: (server) => lastLook(database, kept, server),
    lastInventories: () => {
      const looks = database.rows(HEADS).map((row) => {
        const look = lookIn(database, kept, row);
        return look === 'changed' ? lastLook(database, kept, String(row['server'])) : look;
      });
      const old = database
        .rows('SELECT * FROM inventories WHERE server NOT IN (SELECT server FROM server_looks)')
        .map((row) => unpackedText(row));
      return [...looks, ...old]
        .filter((one) => one !== null)
        .toSorted((a, b) => (a.server < b.server ? -1 : 1));
    },
    ...stampJournal(database),
    ...failureJournal(database),
    forgetServer: (name) =>
      database.writeDurably(() => {
        for (const table of FORGOTTEN) database.run(`DELETE FROM ${table} WHERE server = ?`, name);
      }),
  };
}

const stampJournal = (database: JournalDatabase): Pick<InventoryJournal, 'seenServers' | 'lookStamps'> => ({
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
});

const failureJournal = (
  database: JournalDatabase,
): Pick<InventoryJournal, 'noteLookFailure' | 'lookFailures'> => ({
  noteLookFailure: (server, fault) =>
    database.run(
      'INSERT OR REPLACE INTO look_failures (server, fault) VALUES (?, ?)',
      ...[server, JSON.stringify(fault)],
    ),
  lookFailures: () =>
    new Map(
      database.rows('SELECT server, fault FROM look_failures').flatMap((row) => {
        const fault = readFault(row['fault'] ?? null);
        return fault === null ? [] : [[String(row['server']), fault] as const];
      }),
    ),
});

/** Without the lists: most of it, and mostly in memory already. */
const HEADS = `SELECT server_looks.*, look_lists.digest AS lists_digest FROM server_looks
  LEFT JOIN look_lists USING (server)`;

const FORGOTTEN = [
  'inventories',
  'server_looks',
  'look_lists',
  'places',
  'look_failures',
  'replicas',
  'gone_replicas',
  'missed_replicas',
  'receiving',
  'proofs',
  'verifications',
  'verified_parts',
  'storage_looks',
  'storage_samples',
] as const;

/** By server: what this process read or wrote last. What is the same as that shares its memory. */
type Kept = Map<string, { readonly lists: PackedLists; readonly inventory: Inventory }>;

/** What is as it was is not packed and written again. */
function save(database: JournalDatabase, kept: Kept, seen: Inventory, answer: string | null): Inventory {
  const before = kept.get(seen.server) ?? null;
  const isSame = before !== null && sameItems(listingsOf(before.inventory), listingsOf(seen));
  const lists = isSame ? before.lists : packLists(seen, before?.lists ?? null);
  const isKept = before !== null && lists === before.lists;
  const head = headOf(seen, lists);
  writeLook(database, seen, { ...head, answer }, { ...lists, isKept });
  const atHand = { before: isKept ? before.inventory : null, seen };
  const inventory = fromHead(head.packed, lists.packed, seen.takenAt, atHand);
  if (inventory === null) throw new Error(`what was seen on ${seen.server} cannot be read back`);
  kept.set(seen.server, { lists, inventory });
  return inventory;
}

/** So often a look that is replaced while it is read is read again. */
const TRIES = 5;

function lastLook(database: JournalDatabase, kept: Kept, server: string): Inventory | null {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const row = database.row(`${HEADS} WHERE server = ?`, server);
    if (row === null) {
      const old = database.row('SELECT * FROM inventories WHERE server = ?', server);
      return old === null ? null : unpackedText(old);
    }
    const look = lookIn(database, kept, row);
    if (look !== 'changed') return look;
  }
  return null;
}

function lastAnswer(
  database: JournalDatabase,
  kept: Kept,
  server: string,
): ReturnType<InventoryJournal['lastAnswer']> {
  const row = database.row(`${HEADS} WHERE server = ?`, server);
  const answer = row?.['answer'];
  const inventory = row && typeof answer === 'string' ? lookIn(database, kept, row) : null;
  return typeof answer === 'string' && inventory !== null && inventory !== 'changed'
    ? { answer, inventory }
    : null;
}

/** Null: it is damaged, or of another form. `changed`: another process replaced it since the row was read. */
function lookIn(database: JournalDatabase, kept: Kept, row: Row): Inventory | null | 'changed' {
  const { server, content, format, taken_at, lists_digest } = row;
  if (format !== INVENTORY_FORMAT) return fromText(format, content, String(taken_at));
  if (!(content instanceof Uint8Array) || typeof lists_digest !== 'string') return null;
  const known = kept.get(String(server));
  const before = known?.lists.digest === lists_digest ? known : null;
  const lists = before?.lists ?? listsIn(database, String(server), lists_digest);
  if (lists === null) return 'changed';
  const shared = { before: before?.inventory ?? null };
  const inventory = fromHead(content, lists.packed, String(taken_at), shared);
  if (inventory !== null) kept.set(String(server), { lists, inventory });
  return inventory;
}

function listsIn(database: JournalDatabase, server: string, digest: string): PackedLists | null {
  const row = database.row('SELECT content FROM look_lists WHERE server = ? AND digest = ?', server, digest);
  const packed = row?.['content'];
  return packed instanceof Uint8Array ? { packed, digest } : null;
}

const listingsOf = ({ filesystems }: Inventory) => filesystems.map(({ listing }) => listing);

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** `isKept`: this process has had these very lists in its hands; else what is there may be damaged. */
const writeLook = (
  database: JournalDatabase,
  { server, takenAt }: Inventory,
  head: InventoryHead & { readonly answer: string | null },
  lists: PackedLists & { readonly isKept: boolean },
): void =>
  database.write(() => {
    if (isNewerThere(database, server, takenAt)) return;
    database.run(
      `INSERT OR REPLACE INTO server_looks (server, taken_at, format, digest, content, answer)
       VALUES (?, ?, ?, ?, ?, ?)`,
      ...[server, takenAt, INVENTORY_FORMAT, head.digest, head.packed, head.answer],
    );
    database.run(
      `INSERT INTO look_lists (server, digest, content) VALUES (?, ?, ?)
       ON CONFLICT (server) DO UPDATE SET digest = excluded.digest, content = excluded.content
         WHERE digest <> excluded.digest OR NOT ?`,
      ...[server, lists.digest, lists.packed, Number(lists.isKept)],
    );
    database.run('DELETE FROM look_failures WHERE server = ?', server);
  });

/** A look that took longer than a later one is no news. A later one that lies in the future was taken by a wrong clock. */
function isNewerThere(database: JournalDatabase, server: string, takenAt: string): boolean {
  const row = database.row(
    'SELECT 1 FROM server_looks WHERE server = ? AND taken_at > ? AND taken_at <= ?',
    ...[server, takenAt, isoTime(database.clock.now())],
  );
  return row !== null;
}

const unpackedText = ({ content, format, taken_at }: Row): Inventory | null =>
  fromText(format, content, String(taken_at));
