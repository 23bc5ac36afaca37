/** Decides how a look at storage is kept as text, and what of such a text can be trusted. */
import { z } from 'zod';
import type { StorageLook } from '../../model/storage.ts';
import { faultSchema } from './codec.ts';

const count = z.number().nonnegative();
const text = z.string();

const result = <T>(value: z.ZodType<T>) =>
  z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), fault: faultSchema }),
  ]);

const usage = z.object({
  deviceSizeBytes: count,
  allocatedBytes: count,
  unallocatedBytes: count,
  missingBytes: count,
  usedBytes: count,
  freeEstimatedBytes: count,
  freeMinBytes: count.nullable(),
  dataRatio: count,
  metadataRatio: count,
  globalReserveBytes: count,
  globalReserveUsedBytes: count,
  allocations: z.array(
    z.object({
      kind: z.enum(['data', 'metadata', 'system']),
      profile: text,
      sizeBytes: count,
      usedBytes: count,
    }),
  ),
});

const device = z.object({
  device: text,
  writeErrors: count,
  readErrors: count,
  flushErrors: count,
  corruptionErrors: count,
  generationErrors: count,
});

const scrub = z.object({
  status: z.enum(['never', 'running', 'finished', 'aborted', 'interrupted']),
  startedAt: text.nullable(),
  durationSeconds: count.nullable(),
  errors: count,
  uncorrectableErrors: count,
});

const size = z.object({ referencedBytes: count, exclusiveBytes: count });

/** A map is no JSON: it is kept as its entries. */
const qgroups = z
  .array(z.tuple([z.number(), size]))
  .nullable()
  .transform((entries) => (entries === null ? null : new Map(entries)));

const look = z.object({
  server: text,
  takenAt: text,
  filesystems: z.array(
    z.object({
      uuid: text,
      mount: text,
      usage: result(usage),
      devices: result(z.array(device)),
      scrub: result(scrub),
      qgroups: result(qgroups),
      beingDeleted: count.optional(),
    }),
  ),
});

export const writeStorageLook = (value: StorageLook): string =>
  JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part));

/** Null: not of this version. It is looked at again soon. */
export function readStorageLook(json: unknown): StorageLook | null {
  if (typeof json !== 'string') return null;
  try {
    return look.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
