/**
 * Decides what of the journal's JSON can be trusted. It is lenient: what another version wrote and this one does not
 * understand becomes "unreadable" in its place, never a crash of the list it stands in.
 */

import { z } from 'zod';
import { fault } from '../../model/fault.ts';
import type { PolicyHooks } from '../../model/policy.ts';
import type { Job } from '../../model/runs/job.ts';
import type { MadeReport } from '../../model/runs/made.ts';
import { RESTORE_OUTCOMES } from '../../model/runs/restore.ts';
import type { RequestOf, RunKind, RunReport, RunRequest } from '../../model/runs/run.ts';
import { PROOF_LEVELS, TARGET_STATUSES, type TargetResult } from '../../model/runs/target-result.ts';
import type { TaskReport } from '../../model/runs/task.ts';
import { rulesSchema } from '../config/retention-schema.ts';
import type { Holder } from '../home/holder.ts';
import { faultSchema, verifyReportSchema, verifyRequestSchema } from './kinds/part-codecs.ts';
import { EXTRACT_REQUEST, extractReport, nameAndUuid, RESTORE_REQUEST, sentBack } from './kinds/restores.ts';
import { seedReport, seedRequest, seedSource } from './kinds/seeds.ts';

const text = z.string();
const textOrNull = z.string().nullable();

const resultSchema: z.ZodType<TargetResult> = z.object({
  server: text,
  mount: textOrNull,
  status: z.enum(TARGET_STATUSES),
  mode: z.enum(['full', 'incremental']),
  snapshot: textOrNull,
  base: textOrNull,
  path: z.enum(['direct', 'relay']),
  sentBytes: z.number(),
  estimatedBytes: z.number().nullable(),
  elapsedSeconds: z.number(),
  verified: z.boolean(),
  proof: z.enum(PROOF_LEVELS).nullable().catch(null).exactOptional(),
  note: text.exactOptional(),
  fault: faultSchema.nullable(),
});

const rules = rulesSchema({ timeZone: text, age: z.number(), count: z.number().int().nonnegative() });

const chosenSchema = z.array(z.object({ name: text, uuid: text }));

const hookSchema = { command: text, timeoutSeconds: z.number() };

const hooksSchema: z.ZodType<PolicyHooks[]> = z.array(
  z.object({
    subvolume: text,
    before: z.object({ ...hookSchema, required: z.boolean() }).nullable(),
    after: z.object(hookSchema).nullable(),
  }),
);

/** An earlier version had the hooks of one policy, and none before that. */
function asList(hooks: unknown): unknown {
  if (hooks === undefined) return [];
  return typeof hooks === 'object' && !Array.isArray(hooks) ? [{ subvolume: '', ...hooks }] : hooks;
}

const placedSchema = z.object({ path: text, uuid: textOrNull });

// What came with a later version has a default: runs of an earlier one are read as they were meant.
const REQUESTS = {
  snapshot: z.object({
    kind: z.literal('snapshot'),
    subvolumes: z.array(text),
    group: z.boolean(),
    hooks: z.preprocess(asList, hooksSchema),
    dueAt: textOrNull.default(null),
    sync: z.boolean().default(false),
  }),
  task: z.object({
    ...{ kind: z.literal('task'), task: text, snapshot: z.boolean() },
    ...{ only: z.array(text).exactOptional(), without: z.array(text).exactOptional() },
  }),
  delete: z.object({
    kind: z.literal('delete'),
    subvolume: text,
    server: textOrNull,
    snapshots: chosenSchema,
    allowLastBase: z.boolean().exactOptional(),
  }),
  cleanup: z.object({
    kind: z.literal('cleanup'),
    subvolume: text,
    server: textOrNull,
    mount: textOrNull.default(null),
    into: textOrNull.default(null),
    rules,
    only: chosenSchema.nullable(),
    spare: z.array(text).exactOptional(),
  }),
  replication: z.object({
    kind: z.literal('replication'),
    subvolume: text,
    targets: z.array(z.object({ server: text, mount: textOrNull })),
    wanted: z.discriminatedUnion('mode', [
      z.object({ mode: z.literal('full'), snapshot: text }),
      z.object({ mode: z.literal('incremental'), snapshot: text, base: text }),
      z.object({ mode: z.literal('auto'), snapshot: textOrNull, all: z.boolean() }),
      z.object({
        mode: z.literal('catch-up'),
        snapshot: textOrNull,
        keep: rules.nullable(),
        group: z.array(text).nullable(),
      }),
    ]),
    options: z.object({
      path: z.enum(['auto', 'direct', 'relay']),
      rateBytesPerSecond: z.number().nullable(),
      compress: z.boolean(),
      resumable: z.boolean().default(false),
    }),
    into: textOrNull.default(null),
    absent: z.enum(['fail', 'wait']).default('fail'),
    back: sentBack.exactOptional(),
    seed: seedSource.exactOptional(),
  }),
  restore: RESTORE_REQUEST,
  extract: EXTRACT_REQUEST,
  verify: verifyRequestSchema,
  seed: seedRequest,
} satisfies { readonly [K in RunKind]: z.ZodType<RequestOf<K>> };

const cleanupShape = {
  subvolume: text,
  server: text,
  kept: z.array(z.object({ name: text, reasons: z.array(text) })),
  deleted: z.array(z.object({ name: text })),
  failed: z.array(z.object({ name: text, fault: faultSchema })),
};

const replicationShape = { subvolume: text, results: z.array(resultSchema) };

const taskShape = {
  task: text,
  initializing: z.boolean(),
  get snapshot(): z.ZodType<MadeReport | null> {
    return z.object(snapshotShape).nullable();
  },
  targets: z.array(
    z.object({
      target: text,
      status: z.enum(['ok', 'failed', 'absent', 'cancelled', 'suspended', 'busy']),
      fault: faultSchema.nullable(),
    }),
  ),
  replications: z.array(z.object(replicationShape)),
  cleanups: z.array(z.object(cleanupShape)),
  faults: z.array(faultSchema),
};

const snapshotShape = {
  snapshots: z.array(z.object({ subvolume: text, name: text, path: text, uuid: text, createdAt: text })),
  spreadSeconds: z.number(),
  failed: z.array(z.object({ subvolume: text, fault: faultSchema })),
  already: z.array(z.object({ subvolume: text, name: text })).default([]),
  hooks: z
    .array(
      z.object({
        when: z.enum(['before', 'after']),
        subvolume: textOrNull.default(null),
        code: z.number().nullable(),
        seconds: z.number(),
        output: text,
        fault: faultSchema.nullable(),
      }),
    )
    .default([]),
  get tasks(): z.ZodType<TaskReport[]> {
    return z.array(z.object(taskShape)).default([]);
  },
};

const REPORTS = {
  snapshot: z.object({ kind: z.literal('snapshot'), ...snapshotShape }),
  delete: z.object({
    kind: z.literal('delete'),
    subvolume: text,
    server: text,
    results: z.array(
      z.object({
        name: text,
        path: text,
        status: z.enum(['deleted', 'failed']),
        fault: faultSchema.nullable(),
      }),
    ),
  }),
  cleanup: z.object({ kind: z.literal('cleanup'), ...cleanupShape }),
  replication: z.object({ kind: z.literal('replication'), ...replicationShape }),
  task: z.object({ kind: z.literal('task'), ...taskShape }),
  restore: z.object({
    ...{ kind: z.literal('restore'), subvolume: text, server: text, from: nameAndUuid },
    ...{ outcome: z.enum(RESTORE_OUTCOMES), uuid: textOrNull, replaced: placedSchema.nullable() },
    ...{ moved: z.array(text), left: z.array(z.object({ path: text, why: text })) },
    steps: z.array(z.object({ what: text, command: textOrNull })),
    ...{ places: z.array(placedSchema), fault: faultSchema.nullable() },
  }),
  verify: verifyReportSchema,
  seed: seedReport.extend({ replica: resultSchema.nullable() }),
  extract: extractReport(faultSchema),
  fault: z.object({ kind: z.literal('fault'), fault: faultSchema }),
} satisfies { readonly [K in RunReport['kind']]: z.ZodType<Extract<RunReport, { kind: K }>> };

const stepSchema = z.object({
  snapshot: text,
  base: textOrNull,
  index: z.number(),
  count: z.number(),
});

const jobSchema: z.ZodType<Job> = z.object({
  targets: z.array(
    z.object({
      target: text,
      progress: z.discriminatedUnion('phase', [
        z.object({ phase: z.literal('preparing') }),
        z.object({ phase: z.literal('waiting') }),
        z.object({
          phase: z.literal('sending'),
          step: stepSchema,
          sentBytes: z.number(),
          payloadBytes: z.number(),
          totalBytes: z.number().nullable(),
          startedAt: text,
          updatedAt: text,
        }),
        z.object({ phase: z.literal('verifying'), step: stepSchema }),
        z.object({ phase: z.literal('cleaning') }),
        z.object({ phase: z.literal('finished') }),
      ]),
      results: z.array(resultSchema),
    }),
  ),
  notes: z.array(text),
  fault: faultSchema.nullable(),
});

const holderSchema: z.ZodType<Holder> = z.object({
  pid: z.number(),
  startTime: z.number().nullable(),
  host: text,
  bootId: textOrNull,
});

const read =
  <T>(schema: z.ZodType<T>) =>
  (json: unknown): T | null => {
    if (typeof json !== 'string') return null;
    try {
      return schema.safeParse(JSON.parse(json)).data ?? null;
    } catch {
      return null;
    }
  };

/** By its kind: a row for each. */
const oneOf = <Row extends z.core.$ZodTypeDiscriminable>(rows: Readonly<Record<string, Row>>) =>
  z.discriminatedUnion('kind', Object.values(rows) as [Row, ...Row[]]);

/** Null: not of this version. */
export const readRequest = read<RunRequest>(oneOf(REQUESTS));

/** Null: none, or not of this version. Progress is shown while it lasts, so nothing is lost with it. */
export const readJob = read(jobSchema);

export const readFault = read(faultSchema);

export const readHolder = read(holderSchema);

/** The same holder always gives the same text: rows are found by it. */
export const writeHolder = ({ pid, startTime, host, bootId }: Holder): string =>
  JSON.stringify({ pid, startTime, host, bootId });

/** Null: none. One that cannot be understood is a fault in its place. */
export function readReport(json: unknown): RunReport | null {
  if (json === null) return null;
  return readKnownReport(json) ?? { kind: 'fault', fault: UNREADABLE };
}

const readKnownReport = read<RunReport>(oneOf(REPORTS));

const UNREADABLE = fault(
  'refused',
  'The report of this run was written by another version of btrfleet and cannot be read by this one.',
  'Show it with the newer version.',
);
