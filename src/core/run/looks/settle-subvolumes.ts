/**
 * Settles which subvolumes of the primary somebody means, before automation is set to work on them: each by its one
 * canonical path, and refused where the primary is known not to have it. It changes nothing.
 */
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { findSubvolume, type Place } from '../../plan/catalog/catalog.ts';
import { nestedNote, noteText } from '../../plan/catalog/place-notes.ts';
import { type Fleet, lookAt, primaryServer } from '../ground/fleet.ts';

export interface SettledSubvolumes {
  /** In the order they were named. */
  readonly paths: readonly string[];
  /** What could not be checked, and why, in whole sentences; null: all of them are there. */
  readonly warning: string | null;
  /** What snapshots of them do not hold, a sentence each. */
  readonly notes: readonly string[];
}

/** One look for all. Faults: no-primary, usage, unsupported-name, no-such-subvolume, not-mounted, cancelled. */
export async function settleSubvolumes(
  fleet: Fleet,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Result<SettledSubvolumes>> {
  const relative = wanted.find((path) => !path.startsWith('/'));
  if (relative !== undefined) return failed(notAbsolute(relative));
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const { name } = primary.value;
  const seen = await lookAt(fleet, name, signal);
  if (seen.ok) return settleBy(seen.value.inventory, wanted, null);
  if (signal.aborted) return seen;
  const last = fleet.journal.lastInventory(name);
  if (last) return settleBy(last, wanted, seen.fault);
  const warning = `${seen.fault.message} So it could not be checked whether ${wanted.join(', ')} is there.`;
  return ok({ paths: wanted.map(withoutEndSlash), warning, notes: [] });
}

/** The path a policy is known by, without a look: an end slash or another mount makes no other subvolume of it. */
export function knownPath(fleet: Fleet, path: string): string {
  const primary = primaryServer(fleet);
  const inventory = primary.ok ? fleet.journal.lastInventory(primary.value.name) : null;
  const found = inventory ? findSubvolume(inventory, path) : null;
  return found?.ok ? found.value.path : withoutEndSlash(path);
}

/** `away`: why the inventory is an old one; null: it was taken just now. */
function settleBy(
  inventory: Inventory,
  wanted: readonly string[],
  away: Fault | null,
): Result<SettledSubvolumes> {
  const paths: string[] = [];
  const unsure = away === null ? [] : [staleText(inventory, away)];
  const places: Place[] = [];
  for (const path of wanted) {
    const found = findSubvolume(inventory, path);
    if (found.ok) {
      paths.push(found.value.path);
      places.push(found.value);
    } else if (isVerdict(found.fault)) return failed(away ? asOf(inventory, found.fault, away) : found.fault);
    else {
      paths.push(withoutEndSlash(path));
      unsure.push(`${found.fault.message} So it could not be checked whether ${path} is there.`);
    }
  }
  const notes = places.flatMap((place) => nestedNote(place, paths) ?? []).map(noteText);
  return ok({ paths, warning: unsure.length > 0 ? unsure.join(' ') : null, notes });
}

/** Anything else only says that it could not be found out. */
const isVerdict = ({ code }: Fault): boolean =>
  code === 'no-such-subvolume' || code === 'not-mounted' || code === 'unsupported-name';

const withoutEndSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '');

const staleText = ({ server, takenAt }: Inventory, away: Fault): string =>
  `${away.message} What ${server} was last seen with, at ${takenAt}, is what this was checked against.`;

const asOf = ({ server, takenAt }: Inventory, found: Fault, away: Fault): Fault => ({
  ...found,
  message: `${found.message} That is as of ${takenAt}, for ${server} cannot be looked at now: ${away.message}`,
  hint: `Try again when it can: btrfleet server check ${server}`,
});

const notAbsolute = (path: string): Fault =>
  fault(
    'usage',
    `"${path}" is no absolute path.`,
    'Name the subvolume as the primary does, for example /data; "btrfleet subvolume list" shows what there is.',
  );
