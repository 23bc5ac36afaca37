/**
 * Tells which snapshots lose their protection by a change, from the configuration and what the journal remembers. It
 * changes nothing.
 */
import type { LostProtection, ProtectionChange } from '../../model/automation/protection.ts';
import { ok, type Result } from '../../model/result.ts';
import { bornIdOfSnapshot } from '../../model/snapshot.ts';
import type { Memory } from '../../plan/retention/cleaned-places.ts';
import { lostProtection, serversConcerned } from '../../plan/retention/lost-protection.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';

/** By memory alone. Faults: config-invalid. */
export function knownLoss(
  fleet: Pick<Fleet, 'config' | 'journal' | 'clock'>,
  changes: readonly ProtectionChange[],
): Result<LostProtection> {
  const read = fleet.config.read();
  return read.ok ? ok(lostProtection(read.value.config, changes, memoryOf(fleet))) : read;
}

/** Milliseconds since a look after which another one is worth its time, and for how long it is waited. */
const FRESH = 60_000;
const LOOK = 5000;

/** Looks first at servers that the change is about; one that does not answer is as it was last seen. Faults: config-invalid. */
export async function seenLoss(
  fleet: Fleet,
  changes: readonly ProtectionChange[],
  signal: AbortSignal,
): Promise<Result<LostProtection>> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const memory = memoryOf(fleet);
  const old = serversConcerned(read.value.config, changes, memory).filter((name) => {
    const seen = memory.inventories.get(name);
    return !seen || Math.abs(memory.now - Date.parse(seen.takenAt)) > FRESH;
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK)]);
  await Promise.all(old.map((name) => lookAt(fleet, name, limit)));
  return knownLoss(fleet, changes);
}

const memoryOf = ({ journal, clock }: Pick<Fleet, 'journal' | 'clock'>): Memory => ({
  inventories: new Map(journal.lastInventories().map((inventory) => [inventory.server, inventory])),
  remembered: (subvolume, snapshots) => [
    ...journal.replicasOf(subvolume),
    ...journal.replicasWith(snapshots.map(bornIdOfSnapshot)),
  ],
  now: clock.now(),
});
