/** Decides what of a seed's manifest can be trusted: it comes on a disk from anywhere. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  LONGEST_MANIFEST,
  MOST_PARTS,
  partName,
  SEED_FORMAT,
  SEED_VERSION,
  type SeedManifest,
} from '../../model/runs/seed.ts';
import { isSnapshotName } from '../../model/snapshot.ts';

const MIB = 1024 * 1024;
const words = (most: number) => z.string().min(1).max(most);
/** The kernel's own need not have a version in them. */
const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const bytes = z.int().min(0);
const snapshot = z.object({ name: words(4096), uuid, originId: uuid });

const schema = z.object({
  format: z.literal(SEED_FORMAT),
  version: z.literal(SEED_VERSION),
  complete: z.boolean(),
  createdAt: words(40),
  server: words(63),
  subvolume: words(4096).refine((path) => path.startsWith('/')),
  mark: words(4096),
  snapshot: snapshot.extend({ name: z.string().refine(isSnapshotName) }),
  base: snapshot.nullable(),
  protocol: z.literal(1),
  compress: z.literal('zstd').nullable(),
  encrypt: z.literal('age').nullable(),
  splitBytes: z.int().min(MIB).multipleOf(MIB),
  payloadBytes: bytes.nullable(),
  parts: z
    .array(z.object({ name: words(16), bytes: bytes.min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .max(MOST_PARTS),
}) satisfies z.ZodType<SeedManifest>;

/** `newer`: a later version wrote it. `none`: it is no manifest, or one that contradicts itself. */
export function readManifest(text: string): SeedManifest | 'none' | 'newer' {
  if (text.length > LONGEST_MANIFEST) return 'none';
  const json = parsed(text);
  const { data } = schema.safeParse(json);
  if (data === undefined) return isNewer.safeParse(json).success ? 'newer' : 'none';
  return areParts(data) ? data : 'none';
}

const isNewer = z.object({ format: z.literal(SEED_FORMAT), version: z.int().min(SEED_VERSION + 1) });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Each under its own name, in their order, and all but the last as long as they were split. */
const areParts = ({ complete, parts, splitBytes }: SeedManifest): boolean =>
  parts.every(
    ({ name, bytes: size }, index) =>
      name === partName(index + 1) && (index === parts.length - 1 ? size <= splitBytes : size === splitBytes),
  ) && complete === parts.length > 0;

/** Tells all parts together from any others: what is received later must still be what was checked. */
export const digestOfParts = (parts: SeedManifest['parts']): string =>
  createHash('sha256')
    .update(parts.map(({ sha256 }) => `${sha256} `).join(''))
    .digest('hex');

export const writeManifest = (manifest: SeedManifest): string => `${JSON.stringify(manifest, null, 1)}\n`;
