/** Decides whether a seed may be written into a directory, and whether one that is there goes on. */
import type { Fault } from '../../model/fault.ts';
import type { SeedManifest, SeedPlace } from '../../model/runs/seed.ts';
import { MOST_PARTS } from '../../model/runs/seed.ts';
import { reserveBytes } from '../replication/space.ts';
import {
  seedDirectoryClosed,
  seedDirectoryShared,
  seedDirectoryTaken,
  seedNoSpace,
  seedOnRoot,
  tooManyParts,
} from './faults.ts';

/** What was found in the directory. */
export interface SeedDirectory {
  readonly isClosed: boolean;
  readonly isShared: boolean;
  readonly isForeign: boolean;
  readonly odd: readonly string[];
  readonly files: ReadonlyMap<string, number>;
  readonly freeBytes: number | null;
  /** It is not there; the rest is of the one above it. */
  readonly isMissing: boolean;
  /** Where its filesystem is mounted; null: not told. */
  readonly mount: string | null;
  /** `none`: what is there is no manifest of ours; null: there is none at all. */
  readonly manifest: SeedManifest | 'none' | 'newer' | null;
}

export type ExportPlan =
  | { readonly kind: 'fresh' }
  /** `anew`: nothing of what is there can be used again. */
  | { readonly kind: 'resume'; readonly anew: boolean }
  | { readonly kind: 'blocked'; readonly fault: Fault };

/** It never writes over what is not its own, and not over a seed that is complete. */
export function planExport(place: SeedPlace, wanted: SeedManifest, there: SeedDirectory): ExportPlan {
  const { manifest, files } = there;
  const blocked = (what: string): ExportPlan => ({ kind: 'blocked', fault: seedDirectoryTaken(place, what) });
  // A disk that is not there must not become a directory on the one below it.
  if (there.isMissing && there.mount === '/') return { kind: 'blocked', fault: seedOnRoot(place) };
  if (there.isClosed) return { kind: 'blocked', fault: seedDirectoryClosed(place) };
  if (there.isShared) return { kind: 'blocked', fault: seedDirectoryShared(place) };
  if (there.isForeign || there.odd.length > 0) return blocked('something else');
  const full = whyTooBig(place, wanted, there);
  if (full) return { kind: 'blocked', fault: full };
  // What was cut off before its first file was whole is nothing yet.
  if (manifest === null && [...files.keys()].every((name) => name.endsWith('.new'))) return { kind: 'fresh' };
  if (manifest === null || typeof manifest === 'string') return blocked('what may be another seed');
  const what = `of ${manifest.subvolume} (${manifest.snapshot.name})`;
  if (manifest.complete) return blocked(`a complete seed ${what}`);
  if (!isSame(manifest, wanted)) return blocked(`another seed ${what} that was cut off`);
  // Whoever encrypts the same twice gets two results.
  return { kind: 'resume', anew: wanted.encrypt !== null };
}

/** Of the same content, and made into the same files. */
function isSame(one: SeedManifest, other: SeedManifest): boolean {
  const told = ({ snapshot, base, mark, splitBytes, compress, encrypt, protocol }: SeedManifest) =>
    [snapshot.uuid, snapshot.originId, base?.originId, mark, splitBytes, compress, encrypt, protocol].join(
      ' ',
    );
  return told(one) === told(other);
}

/** How small it will be once it is packed nobody knows, so that is not refused. */
function whyTooBig(
  place: SeedPlace,
  { payloadBytes, compress, splitBytes }: SeedManifest,
  { freeBytes, files }: SeedDirectory,
): Fault | null {
  if (payloadBytes === null || compress !== null) return null;
  if (payloadBytes > splitBytes * MOST_PARTS) return tooManyParts(place);
  const there = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  const needed = Math.ceil(payloadBytes + reserveBytes(payloadBytes));
  return freeBytes === null || needed <= freeBytes + there ? null : seedNoSpace(place, needed, freeBytes);
}

/** Null: the size is not known. At least one. */
export const partsOf = (payloadBytes: number | null, splitBytes: number): number | null =>
  payloadBytes === null ? null : Math.max(1, Math.ceil(payloadBytes / splitBytes));
