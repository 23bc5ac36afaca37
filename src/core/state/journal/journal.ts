/**
 * Puts the journal together: the one place where runs, locks, marks and last known inventories are, and the one bus
 * between the processes of this machine. It decides nothing about snapshots.
 */
import type { Clock } from '../../model/clock.ts';
import { ok, type Result } from '../../model/result.ts';
import type { Home } from '../home/home.ts';
import { type AlarmJournal, alarmJournal } from './alarms.ts';
import { type AutomationJournal, automationJournal } from './automation.ts';
import { openJournalDatabase } from './database.ts';
import { type DifferentJournal, differentJournal } from './different.ts';
import { type InventoryJournal, inventoryJournal } from './inventory.ts';
import { type ItemRecordJournal, itemRecordJournal } from './item-records.ts';
import { type LockJournal, lockJournal } from './locks.ts';
import { type PinJournal, pinJournal } from './pins.ts';
import { type PlaceJournal, placeJournal } from './places.ts';
import { type ProofJournal, proofJournal, type VerificationJournal, verificationJournal } from './proofs.ts';
import { type ReplicaJournal, replicaJournal } from './replicas.ts';
import { type ResultJournal, resultJournal } from './results.ts';
import { type RunJournal, runJournal } from './runs.ts';
import { type StorageJournal, storageJournal } from './storage.ts';
import { type TotalsJournal, totalsJournal } from './totals.ts';

export interface Journal
  extends RunJournal,
    ResultJournal,
    LockJournal,
    PinJournal,
    ReplicaJournal,
    InventoryJournal,
    PlaceJournal,
    AutomationJournal,
    ItemRecordJournal,
    AlarmJournal,
    ProofJournal,
    DifferentJournal,
    StorageJournal,
    TotalsJournal,
    VerificationJournal {
  /** Differs from the last one when anybody, this process too, changed anything in between. Costs microseconds. */
  changeStamp(): string;
  close(): void;
}

/**
 * Opens the journal, makes it where there is none, brings an older one up to date. Every method of it may throw
 * `JournalFailure` when the file itself fails. Faults: `config-invalid` (damaged, newer or not accessible; left as
 * it is), `locked`, `no-space`.
 */
export function openJournal({
  home,
  clock,
}: {
  readonly home: Home;
  readonly clock: Clock;
}): Result<Journal> {
  const opened = openJournalDatabase(home, clock);
  if (!opened.ok) return opened;
  const database = opened.value;
  const inventories = inventoryJournal(database);
  return ok({
    ...runJournal(database),
    ...resultJournal(database),
    ...lockJournal(database),
    ...pinJournal(database),
    ...replicaJournal(database),
    ...inventories,
    ...placeJournal(database),
    ...automationJournal(database),
    ...itemRecordJournal(database),
    ...alarmJournal(database),
    ...proofJournal(database),
    ...differentJournal(database, (server, filesystem) => shows(inventories, server, filesystem)),
    ...storageJournal(database),
    ...totalsJournal(database),
    ...verificationJournal(database),
    // data_version tells of others' commits, total_changes() of our own.
    changeStamp: () =>
      `${String(database.row('PRAGMA data_version')?.['data_version'])}.${String(database.row('SELECT total_changes() n')?.['n'])}`,
    close: () => database.close(),
  });
}

/** As far as that server was seen when it was last asked. */
function shows(
  { lastInventory, lookFailures }: Pick<InventoryJournal, 'lastInventory' | 'lookFailures'>,
  server: string,
  filesystem: string,
): boolean {
  const look = lookFailures().has(server) ? null : lastInventory(server);
  return look?.filesystems.some(({ uuid }) => uuid === filesystem) ?? false;
}
