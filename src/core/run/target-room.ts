/**
 * Decides whether a target has room for a step. Where a partial was just removed it waits: btrfs gives the room of a
 * deleted subvolume back in its own time, after the next commit.
 */
import type { Fault } from '../model/fault.ts';
import type { Space } from '../model/inventory.ts';
import { checkSpace } from '../plan/space.ts';
import type { DriverContext } from './driver.ts';
import { takeInventory } from './fleet.ts';
import type { TargetSession } from './target-session.ts';

/** A commit comes every 30 s by default; then the cleaner begins. */
const PATIENCE_SECONDS = 90;
const PAUSE_SECONDS = 1;

/**
 * Null: there is room. `usedBytes`: sent in this run, which the look at the target still counts as free. Only when
 * `patient` it waits; where others are served by the same send it must not.
 */
export async function checkRoom(
  session: TargetSession,
  wanted: { readonly estimated: number | null; readonly usedBytes: number; readonly patient: boolean },
  context: DriverContext,
): Promise<Fault | null> {
  const { filesystem, mount, server } = session.place;
  const check = (space: Space, used: number): Fault | null => {
    const freeBytes = space.freeBytes === null ? null : space.freeBytes - used;
    return checkSpace(wanted.estimated, { ...space, freeBytes }, { server, mount });
  };
  let full = check(filesystem.space, wanted.usedBytes);
  if (!full || !session.freed || !wanted.patient) return full;
  const message = `Waiting for the room on ${server}:${mount} that a removed partial replica gives back.`;
  context.emit({ type: 'note', message });
  for (let waited = 0; full && waited < PATIENCE_SECONDS; waited += PAUSE_SECONDS) {
    await nap(context.signal);
    const seen = await takeInventory(context.fleet, session.host, context.signal);
    if (!seen.ok) return seen.fault;
    const now = seen.value.filesystems.find(({ uuid }) => uuid === filesystem.uuid);
    if (!now) return full;
    full = check(now.space, 0);
  }
  return full;
}

function nap(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    resolve();
  };
  const timer = setTimeout(wake, PAUSE_SECONDS * 1000);
  if (signal.aborted) wake();
  else signal.addEventListener('abort', wake, { once: true });
  return promise;
}
