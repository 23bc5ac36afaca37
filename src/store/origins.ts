/**
 * Remembers which content each server has, by origin id: a page asks that of every server and every snapshot it shows,
 * and reading the lists of a large fleet takes seconds. It knows no page.
 */
import { type Filesystem, type Inventory, originIdOf } from '../core/model/inventory.ts';

/** Two looks that saw the same share what they listed. */
const known = new WeakMap<Filesystem['listing'], ReadonlySet<string>>();

/** Whether a server has that content, read-only. Null: what it has was not read yet. */
export function hasOrigin({ filesystems }: Inventory, originId: string): boolean | null {
  const origins = filesystems.map(({ listing }) => known.get(listing));
  if (origins.some((ids) => ids?.has(originId))) return true;
  return origins.includes(undefined) ? null : false;
}

/** From then on `hasOrigin` knows. */
export function readOrigins({ filesystems }: Inventory): void {
  for (const { listing } of filesystems) {
    if (!known.has(listing)) known.set(listing, originsIn(listing));
  }
}

function originsIn(listing: Filesystem['listing']): ReadonlySet<string> {
  const entries = listing.ok ? listing.value : [];
  return new Set(inOwnMemory(entries.flatMap((entry) => (entry.readOnly ? (originIdOf(entry) ?? []) : []))));
}

/** A word cut out of a text keeps all of the text in memory; these keep nothing but each other. */
const inOwnMemory = (words: readonly string[]): string[] =>
  Buffer.from(words.join('\n')).toString().split('\n');

export const wasRead = ({ filesystems }: Inventory): boolean =>
  filesystems.every(({ listing }) => known.has(listing));
