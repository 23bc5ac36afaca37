/**
 * Decides which replicas a receive must not build on though their content is right. `btrfs receive` looks its base up
 * by received uuid in the whole filesystem and takes the first match, wherever that lies and whatever is in it.
 */
import { bornIdOf, type Filesystem, type Subvolume } from '../model/inventory.ts';
import { bornIdOfSnapshot, type Snapshot } from '../model/snapshot.ts';
import type { SpoiltBase } from './base.ts';
import { WHY } from './identity-words.ts';

/** `bases`: what a receive can see. */
export function spoiltBases({ listing }: Filesystem, bases: readonly Snapshot[]): SpoiltBase[] {
  if (!listing.ok) return [];
  const seen = new Map(bases.map((base) => [base.uuid, base]));
  const ids = new Set(bases.map(bornIdOfSnapshot));
  const bearers = Map.groupBy(listing.value, (entry) => bornIdOf(entry) ?? '');
  return [...ids].flatMap((originId) => {
    const all = bearers.get(originId) ?? [];
    // One that is alone is judged by itself.
    const reasons = all.length < 2 ? [] : all.flatMap((entry) => whySpoilt(entry, seen) ?? []);
    return reasons.map((why) => ({ originId, why }));
  });
}

function whySpoilt(entry: Subvolume, seen: ReadonlyMap<string, Snapshot>): string | null {
  const path = entry.absolutePath ?? entry.path;
  const same = 'has the same received uuid there, and "btrfs receive" may take that one';
  if (!entry.readOnly) return `${path}, which is writable, ${same}`;
  if (entry.uuid === null || !seen.has(entry.uuid)) {
    return `${path}, ${entry.absolutePath === null ? 'which no mount reaches' : 'outside of the mount'}, ${same}`;
  }
  return entry.doubt ? `${path} ${same}, and ${WHY[entry.doubt]}` : null;
}

/** `names`: from which a send failed twice in a row. */
export const barredBases = (
  bases: readonly Snapshot[],
  names: ReadonlySet<string> = new Set(),
): SpoiltBase[] =>
  bases
    .filter(({ name }) => names.has(name))
    .map((base) => ({
      originId: bornIdOfSnapshot(base),
      why: 'two sends that started from it failed in a row',
    }));
