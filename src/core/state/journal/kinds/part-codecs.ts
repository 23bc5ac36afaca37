/**
 * Decides what of the journal's JSON of faults, of verifications and of looks at storage can be trusted, and how such a look is
 * kept as text; ../codec.ts does it for all else.
 */
import { z } from 'zod';
import { FAULT_CODES, type Fault } from '../../../model/fault.ts';
import { PROOF_LEVELS } from '../../../model/runs/target-result.ts';
import { VERIFY_STATUSES } from '../../../model/runs/verify.ts';
import type { StorageLook } from '../../../model/storage.ts';

const text = z.string();
const textOrNull = z.string().nullable();
const count = z.number().nonnegative();
const levelSchema = z.enum(PROOF_LEVELS);

export const faultSchema: z.ZodType<Fault> = z.object({
  // A code of a newer version: what it says is still worth showing.
  code: z.enum(FAULT_CODES).catch('command-failed'),
  message: text,
  hint: text,
  server: textOrNull,
  retry: z.boolean(),
});

export const verifyRequestSchema = z.object({
  ...{ kind: z.literal('verify'), subvolume: text, level: z.enum(PROOF_LEVELS) },
  ...{ share: count.nullable(), budgetSeconds: count.nullable() },
  pairs: z
    .array(
      z.object({
        ...{ server: text, mount: textOrNull, filesystem: text, snapshot: text, uuid: text, source: text },
      }),
    )
    .nullable(),
  snapshot: textOrNull.exactOptional(),
  unchosen: z.array(z.object({ server: text, mount: textOrNull, fault: faultSchema })),
});

export const verifyReportSchema = z.object({
  ...{
    kind: z.literal('verify'),
    subvolume: text,
    level: levelSchema.catch('identity'),
    share: count.nullable(),
  },
  results: z.array(
    z.object({
      ...{ server: text, mount: textOrNull, snapshot: textOrNull, path: textOrNull, uuid: textOrNull },
      // Words of a newer version: the rest is still worth showing.
      ...{
        status: z.enum(VERIFY_STATUSES).catch('unchecked'),
        level: levelSchema.nullable().catch(null),
        at: text,
      },
      compared: z.object({ entries: count, files: count, bytes: count, filesOf: count, bytesOf: count }),
      differences: z.array(z.object({ path: text, what: z.array(text) })),
      ...{ differenceCount: count, barred: z.boolean(), fault: faultSchema.nullable() },
      newCompared: z.boolean().nullable(),
      maybeFromMemory: z.boolean(),
    }),
  ),
});

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
