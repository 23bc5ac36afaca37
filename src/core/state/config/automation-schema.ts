/** Decides what policies and tasks may look like in the configuration. It never touches a file. */
import { z } from 'zod';
import { TASK_DEFAULTS, type Task } from '../../model/automation/task.ts';
import { VERIFY_BUDGET_SECONDS, type VerifyPolicy } from '../../model/automation/verify-policy.ts';
import type { RetentionPolicy, SnapshotHooks, SnapshotPolicy } from '../../model/policy.ts';
import { NO_HOOKS } from '../../model/policy.ts';
import { LADDER_LEVELS, type RetentionRules } from '../../model/retention.ts';
import { type TransferOptions, USUAL_TRANSFER } from '../../model/runs/replication.ts';
import { PROOF_LEVELS } from '../../model/runs/target-result.ts';
import type { Schedule } from '../../model/schedule.ts';
import type { Target } from '../../model/target.ts';
import { rulesSchema } from './retention-schema.ts';
import { canonical, name } from './words.ts';

const timeZone = z.string().refine(isTimeZone, { error: 'must be a time zone such as Europe/Berlin or UTC' });

const FIELDS = 'must be five fields: minute, hour, day of month, month, day of week';

/** A leap year: whoever wants it more seldom has a calendar, and so a cron expression. */
const LONGEST_SECONDS = 31_622_400;

const SECONDS = { error: `must be a whole number of seconds from 1 to ${LONGEST_SECONDS}` };

const schedule: z.ZodType<Schedule> = z.discriminatedUnion(
  'kind',
  [
    z.object({
      kind: z.literal('every'),
      seconds: z.int(SECONDS).min(1, SECONDS).max(LONGEST_SECONDS, SECONDS),
    }),
    z.object({
      kind: z.literal('cron'),
      expression: z.string().regex(/^\s*\S+(?:\s+\S+){4}\s*$/, { error: FIELDS }),
      timeZone,
    }),
  ],
  { error: 'must have a kind: every or cron' },
);

const count = z.int().min(0).max(1_000_000);

const retentionRules = rulesSchema({ timeZone, age: z.number().min(0), count }).refine(keepsSome, {
  error: 'keeps nothing: give at least one number above 0',
});

const hook = {
  command: z
    .string()
    .regex(/\S/, { error: 'must be a command' })
    .regex(/^[^\0]*$/, { error: 'must have no NUL' }),
  timeoutSeconds: z.int().min(1).max(3600),
};

const snapshotHooks: z.ZodType<SnapshotHooks> = z.object({
  before: z
    .object({ ...hook, required: z.boolean() })
    .nullable()
    .default(null),
  after: z.object(hook).nullable().default(null),
});

export const snapshotPolicy: z.ZodType<SnapshotPolicy> = z.object({
  subvolume: canonical,
  schedule,
  hooks: snapshotHooks.default(NO_HOOKS),
  enabled: z.boolean().default(true),
});

export const retentionPolicy: z.ZodType<RetentionPolicy> = z.object({
  subvolume: canonical,
  rules: retentionRules,
  schedule,
  enabled: z.boolean().default(true),
});

export const verifyPolicy: z.ZodType<VerifyPolicy> = z.object({
  subvolume: canonical,
  level: z.enum(PROOF_LEVELS).default('metadata'),
  share: z.int().min(1).max(10_000).nullable().default(null),
  budgetSeconds: z.int().min(1).max(LONGEST_SECONDS).default(VERIFY_BUDGET_SECONDS),
  schedule,
  enabled: z.boolean().default(true),
});

const target: z.ZodType<Target> = z.object(
  { server: name, mount: canonical.nullable().default(null) },
  { error: 'must be a target: a server, and a mount or null' },
);

const options: z.ZodType<TransferOptions> = z.object({
  path: z.enum(['auto', 'direct', 'relay']).default('auto'),
  rateBytesPerSecond: z.int().min(1).nullable().default(null),
  compress: z.boolean().default(false),
  resumable: z.boolean().default(false),
});

const below = z.string().refine(isBelow, {
  error: 'must be a path below .snapshots, without a leading slash, dots or names that begin with a dot',
});

export const task: z.ZodType<Task> = z.object({
  name,
  subvolumes: z.tuple([canonical], canonical),
  targets: z.tuple([target], target),
  schedule,
  mode: z.enum(['async', 'sync']).default('async'),
  rpoSeconds: z.int().min(1).nullable().default(null),
  options: options.default(USUAL_TRANSFER),
  retention: retentionRules.nullable().default(null),
  into: below.nullable().default(null),
  retries: z.int().min(0).max(100).default(TASK_DEFAULTS.retries),
  suspendAfter: z.int().min(0).max(10_000).default(TASK_DEFAULTS.suspendAfter),
  suspended: z.boolean().default(false),
  enabled: z.boolean().default(true),
});

function keepsSome(rules: RetentionRules): boolean {
  if (rules.kind === 'per-period') return rules.keep > 0;
  return rules.last > 0 || LADDER_LEVELS.some((level) => rules[level] > 0);
}

/** Asked for every policy and task, and each new answer costs a formatter of its own. */
const knownZones = new Set<string>();

function isTimeZone(zone: string): boolean {
  if (knownZones.has(zone)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    return false;
  }
  knownZones.add(zone);
  return true;
}

/** `.btrfleet` is where the marks lie, so no part begins with a dot. */
function isBelow(path: string): boolean {
  const parts = path.split('/');
  return !/[\0\n]/.test(path) && parts.every((part) => part !== '' && !part.startsWith('.'));
}
