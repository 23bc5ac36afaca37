/**
 * Looks at everything a deletion by hand must know, now, and plans it: which of the chosen snapshots may go, and of which
 * targets they are the last base. It deletes nothing.
 */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { ok, type Result } from '../../model/result.ts';
import type { DeleteRequest } from '../../model/runs/deletion.ts';
import type { ChosenSnapshot, Snapshot } from '../../model/snapshot.ts';
import { filesystemAt } from '../../plan/catalog/catalog.ts';
import { lastBaseFault, lastBases } from '../../plan/retention/last-bases.ts';
import { whyKept } from '../../plan/retention/why-kept.ts';
import { type Fleet, primaryServer } from '../ground/fleet.ts';
import { pinnedAmong } from '../ground/pins.ts';
import { onBothSides, type Planned, pinOf } from './deletion.ts';
import { seeBases } from './see-bases.ts';

export interface PlannedDeletion extends Planned {
  /** Uuid of the filesystem it lies on; null: not known. */
  readonly filesystemOf: (snapshot: Snapshot) => string | null;
  /** One for each that was chosen, in their order. */
  readonly rows: readonly DeletionRow[];
  /** Targets of which it is not known what they hold: what goes may be the last base for them. */
  readonly unknown: readonly string[];
}

export interface DeletionRow {
  readonly name: string;
  /** Null: it is not there any more. */
  readonly snapshot: Snapshot | null;
  /** Why it stays; null: it may go. */
  readonly fault: Fault | null;
  /** It stays for nothing but being a last base. */
  readonly isLast: boolean;
  /** Targets that have nothing else in common with what stays. */
  readonly lastBaseOf: readonly string[];
}

/** Somebody waits for it: milliseconds for a look at each other server. */
const LOOK = 5000;

/** Faults: as `listSnapshots`. */
export async function planDeletion(
  fleet: Fleet,
  { subvolume, server, snapshots: chosen, allowLastBase = false }: DeleteRequest,
  signal: AbortSignal,
): Promise<Result<PlannedDeletion>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const seeing = { signal, limit: LOOK, mustExist: false };
  const seen = await seeBases(fleet, { subvolume, server }, primary.value, seeing);
  if (!seen.ok) return seen;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const { since, isSource, bases } = seen.value;
  const { host, inventory, snapshots, replaced } = seen.value.listed;
  const where = host.server.name;
  const found = chosen.map((wanted) => ({
    name: wanted.name,
    snapshot: findIn([...snapshots, ...replaced], wanted),
  }));
  const kept = (snapshot: Snapshot): Fault | null => whyKept(snapshot, where, config.value.config.holds);
  const filesystemOf = ({ path }: Snapshot): string | null => filesystemAt(inventory, path)?.uuid ?? null;
  const going = found.flatMap(({ snapshot }) => (snapshot && kept(snapshot) === null ? [snapshot] : []));
  // What is pinned now may be free when its turn comes, so it goes as well.
  const { lastOf, last, staying, unknown } = lastBases({ snapshots, going, bases, filesystemOf });
  const pinnedBy = pinnedAmong(fleet.journal.pinned());
  const used = (snapshot: Snapshot): Fault | null => {
    const pin = pinnedBy(pinOf(snapshot, filesystemOf(snapshot)));
    return pin ? inUse(snapshot, where, pin.run) : null;
  };
  const rows = found.map(({ name, snapshot }): DeletionRow => {
    const lastBaseOf = (snapshot && lastOf.get(snapshot.uuid)) ?? [];
    const isLast = snapshot !== null && lastBaseOf.length > 0 && !allowLastBase;
    const about = { subvolume, server: where, isSource, targets: lastBaseOf };
    const why = isLast ? lastBaseFault(snapshot, about) : null;
    return {
      name,
      snapshot,
      fault: why ?? (snapshot && (kept(snapshot) ?? used(snapshot))),
      isLast,
      lastBaseOf,
    };
  });
  // A last base that is refused is all that its target has in common with what is left.
  const restsOn = [...staying, ...(allowLastBase ? [] : last)].map(onBothSides);
  return ok({ host, since, restsOn, filesystemOf, rows, unknown });
}

/** Why it is not deleted: a run at work sends it, builds on it or restores it. */
export const inUse = ({ path }: Snapshot, server: string, run: number): Fault =>
  fault(
    'locked',
    `${path} on ${server} is in use by run ${run}.`,
    `Wait until that is done, or cancel it: ${command('run', 'cancel', `${run}`)}`,
    { server },
  );

const findIn = (snapshots: readonly Snapshot[], { name, uuid }: ChosenSnapshot): Snapshot | null =>
  snapshots.find((one) => one.name === name && one.uuid === uuid) ?? null;
