/**
 * Keeps what a clean-up deletes apart from what a replication chooses from, between the processes of this machine.
 *
 * A replication is `running` in the journal before it looks, and until it has said what it uses nothing is deleted. A
 * clean-up says of each deletion that it is at it before it asks who runs. So of two that meet one sees the other:
 * either the clean-up lets the snapshot be, or the replication waits for that one deletion and looks after it.
 */
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import type { HeldLock } from '../../state/journal/locks.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Fleet, lookAt, serverNamed } from '../ground/fleet.ts';
import { nap } from '../ground/nap.ts';
import { THOROUGH } from '../ground/prove.ts';
import { takeLocks } from '../ground/take-locks.ts';

/** Milliseconds between two looks whether a deletion is over. */
const PAUSE = 50;
/** Seconds deletions are waited for: what is done in one go has 515 s, so what takes longer hangs. */
const LONGEST = 540;

/** By the address: two names may be one machine. */
const deletionsOn = ({ host, port }: Server): string => `delete on ${host}:${port}, `;

/** Of run 7 the key goes on with `UUID, run 7`. */
const uuidIn = ({ key }: HeldLock, server: Server): string =>
  key.slice(deletionsOn(server).length).split(',')[0] ?? '';

/**
 * Does `work`, which asks what is in use and then deletes the snapshots of these uuids. Faults: what the journal says.
 */
export async function deleting<T>(
  context: Pick<DriverContext, 'fleet' | 'runId' | 'patiently'>,
  server: Server,
  uuids: readonly string[],
  work: () => Promise<T>,
): Promise<Result<T>> {
  const keys = uuids.map((uuid) => `${deletionsOn(server)}${uuid}, run ${context.runId}`);
  const lock = await takeLocks(context, keys, 'a snapshot is deleted');
  if (!lock.ok) return lock;
  try {
    return ok(await work());
  } finally {
    lock.value.release();
  }
}

export interface Seen {
  readonly host: Host;
  readonly inventory: Inventory;
}

/** Uuids of what is chosen from where that was seen. */
export type ChosenFrom = (inventory: Inventory) => Promise<ReadonlySet<string>> | ReadonlySet<string>;

/**
 * Looks at a server to choose what is sent from there, or built on: nothing of `chosenFrom` is being deleted then. The
 * run must be running in the journal. Faults: what a look says; `locked`, when a deletion does not end for 540 s.
 */
export async function lookPastDeletions(
  context: Pick<DriverContext, 'fleet' | 'signal' | 'emit'>,
  name: string,
  chosenFrom: ChosenFrom,
  look: typeof lookAt = (...words) => lookAt(words[0], words[1], words[2], THOROUGH),
): Promise<Result<Seen>> {
  const { fleet, signal } = context;
  const server = serverNamed(fleet, name);
  if (!server.ok) return server;
  for (;;) {
    // Before the look. One that begins later sees who runs, and lets its snapshot be.
    const begun = heldOn(fleet, server.value);
    const seen = await look(fleet, name, signal);
    if (!seen.ok || begun.length === 0) return seen;
    const uuids = await chosenFrom(seen.value.inventory);
    const inTheWay = begun.filter((lock) => uuids.has(uuidIn(lock, server.value)));
    if (inTheWay.length === 0) return seen;
    const stuck = await awaitEnd(inTheWay, server.value, context);
    if (stuck) return failed(stuck);
  }
}

const heldOn = ({ journal, isAlive }: Fleet, server: Server): HeldLock[] =>
  journal.heldLocks(deletionsOn(server), isAlive);

/** Null: they are over. */
async function awaitEnd(
  deletions: readonly HeldLock[],
  server: Server,
  { fleet, signal, emit }: Pick<DriverContext, 'fleet' | 'signal' | 'emit'>,
): Promise<Fault | null> {
  const ids = new Set(deletions.map(({ id }) => id));
  const left = (): HeldLock | undefined => heldOn(fleet, server).find(({ id }) => ids.has(id));
  let last = left();
  if (last) emit({ type: 'note', message: `waiting until a snapshot on ${server.name} is deleted` });
  for (let waited = 0; last && !signal.aborted; waited += PAUSE) {
    if (waited >= LONGEST * 1000) return stuckFault(last, server);
    await nap(PAUSE, signal);
    last = left();
  }
  return last ? fault('cancelled', 'Cancelled before anything was sent.', 'Nothing was changed.') : null;
}

const stuckFault = ({ runId, since, holder }: HeldLock, { name }: Server): Fault => {
  const who = [
    runId === null ? [] : `run ${runId}`,
    holder === null ? [] : `pid ${holder.pid} on ${holder.host}`,
  ];
  return fault(
    'locked',
    `A snapshot on ${name} that this would choose from is being deleted since ${since} (${who.flat().join(', ')}), and that does not end.`,
    'Look whether that process is stopped or the disk there hangs; it is tried again once that has ended.',
    { server: name },
  );
};
