/**
 * Decides what a configuration may say: its shape, its rules across servers, and how an older one becomes today's.
 * It never touches a file.
 */
import { z } from 'zod';
import type { Task } from '../../model/automation/task.ts';
import type { VerifyPolicy } from '../../model/automation/verify-policy.ts';
import type { RetentionPolicy, SnapshotPolicy } from '../../model/policy.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import type { Hold } from '../../model/snapshot.ts';
import { NO_NOTIFICATIONS, type NotificationSettings } from '../../model/status/alarm.ts';
import { formatTarget } from '../../model/target.ts';
import { retentionPolicy, snapshotPolicy, task, verifyPolicy } from './automation-schema.ts';
import { type Confinement, confinement, outsideConfinement } from './confinement.ts';
import { unknownKeys } from './unknown-keys.ts';
import { absolute, name } from './words.ts';

export interface Preferences {
  /** A transfer without a byte for so many seconds has stalled; from 10 to 86,400. */
  readonly stallSeconds: number;
  /** Finished runs are forgotten after so many days, from 1 to 3650; the last one of each item stays. */
  readonly historyDays: number;
  /** What is due is begun up to so many seconds later, always as many for one item; from 0 to 3600. */
  readonly jitterSeconds: number;
  /** Most rounds of tasks at once, from 1 to 32. */
  readonly concurrentTasks: number;
  /** Most of them that one server takes part in, from 1 to 32. */
  readonly concurrentPerServer: number;
}

export interface Config {
  readonly version: typeof CONFIG_VERSION;
  readonly servers: readonly Server[];
  readonly holds: readonly Hold[];
  readonly snapshotPolicies: readonly SnapshotPolicy[];
  readonly retentionPolicies: readonly RetentionPolicy[];
  readonly verifyPolicies: readonly VerifyPolicy[];
  readonly tasks: readonly Task[];
  readonly notifications: NotificationSettings;
  readonly preferences: Preferences;
  /** Left out: it may hold any server. */
  readonly confinement?: Confinement | undefined;
}

export const CONFIG_VERSION = 1;

/** What a missing file says. */
export const EMPTY_CONFIG: Config = {
  version: CONFIG_VERSION,
  servers: [],
  holds: [],
  snapshotPolicies: [],
  retentionPolicies: [],
  verifyPolicies: [],
  tasks: [],
  notifications: NO_NOTIFICATIONS,
  preferences: {
    stallSeconds: 900,
    historyDays: 365,
    jitterSeconds: 0,
    concurrentTasks: 4,
    concurrentPerServer: 2,
  },
};

/** What is wrong in a configuration, and where: `servers[2].port`; '' is the whole. */
export interface ConfigFlaw {
  readonly path: string;
  readonly reason: string;
}

export interface ReadConfig {
  readonly config: Config;
  /** Keys that this version does not know, one sentence each. They stay on the disk. */
  readonly warnings: readonly string[];
}

type Raw = Readonly<Record<string, unknown>>;

/** Entry n takes a configuration of version n to n + 1 and keeps the keys it does not know. */
const MIGRATIONS: Readonly<Record<number, (raw: Raw) => Raw>> = {};

/** It becomes a word of a command line somewhere, and a line of a file elsewhere. */
const word = z.string().regex(/^[^\s\p{Cc}-][^\s\p{Cc}]*$/u, {
  error: 'must be one word and not begin with a dash',
});

const time = z.iso.datetime({ error: 'must be a time in UTC, such as 2026-11-20T08:05:01.123Z' });

const auth = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('key'), file: z.string().min(1, { error: 'must name a file' }) }),
    z.object({ kind: z.literal('password') }),
    z.object({ kind: z.literal('agent') }),
    z.object({ kind: z.literal('local') }),
  ],
  { error: 'must have a kind: key, password, agent or local' },
);

const PORT = 'must be between 1 and 65535';

const server: z.ZodType<Server> = z.object({
  name,
  host: word,
  port: z.int().min(1, { error: PORT }).max(65_535, { error: PORT }).default(22),
  user: word,
  auth,
  jump: name.nullable().default(null),
  role: z.enum(['primary', 'secondary'], { error: 'must be primary or secondary' }),
  defaultMount: absolute.nullable().default(null),
});

const hold: z.ZodType<Hold> = z.object({
  originId: z.string().min(1),
  subvolume: absolute,
  name: z.string().min(1),
  note: z.string().nullable().default(null),
  heldAt: time,
});

/** It stands in a header of a mail, and in the argv of nothing. */
const address = z.string().regex(/^[^\s\p{Cc},]+$/u, { error: 'must be one mail address' });

const notifications: z.ZodType<NotificationSettings> = z.object({
  command: z.string().min(1).nullable().default(null),
  webhook: z.boolean().default(false),
  mailTo: z.array(address).default([]),
  mailFrom: address.nullable().default(null),
});

const preferences = z.object({
  stallSeconds: z.int().min(10).max(86_400).default(EMPTY_CONFIG.preferences.stallSeconds),
  historyDays: z.int().min(1).max(3650).default(EMPTY_CONFIG.preferences.historyDays),
  jitterSeconds: z.int().min(0).max(3600).default(EMPTY_CONFIG.preferences.jitterSeconds),
  concurrentTasks: z.int().min(1).max(32).default(EMPTY_CONFIG.preferences.concurrentTasks),
  concurrentPerServer: z.int().min(1).max(32).default(EMPTY_CONFIG.preferences.concurrentPerServer),
});

const schema: z.ZodType<Config> = z
  .object({
    version: z.literal(CONFIG_VERSION),
    servers: z.array(server).default([]),
    holds: z.array(hold).default([]),
    snapshotPolicies: z.array(snapshotPolicy).default([]),
    retentionPolicies: z.array(retentionPolicy).default([]),
    verifyPolicies: z.array(verifyPolicy).default([]),
    tasks: z.array(task).default([]),
    notifications: notifications.default(NO_NOTIFICATIONS),
    preferences: preferences.default(EMPTY_CONFIG.preferences),
    confinement: confinement.optional(),
  })
  .superRefine((config, context) => {
    const { servers } = config;
    const flaws = [
      ...namesOnce(servers),
      ...onePrimary(servers),
      ...jumpsArrive(servers),
      ...outsideConfinement(config),
      ...onePolicyEach('snapshotPolicies', config.snapshotPolicies),
      ...onePolicyEach('retentionPolicies', config.retentionPolicies),
      ...onePolicyEach('verifyPolicies', config.verifyPolicies),
      ...tasksStand(config),
    ];
    for (const { path, reason } of flaws) {
      context.addIssue({ code: 'custom', path: [...path], message: reason });
    }
  });

/** Today's form of what a file holds; the flaw when its version is missing or newer than this program. */
export function migrateConfig(raw: unknown): Result<Raw, ConfigFlaw> {
  if (!isRecord(raw)) return failed({ path: '', reason: 'must be an object' });
  let current: Raw = raw;
  for (;;) {
    const version = current['version'];
    if (version === CONFIG_VERSION) return ok(current);
    if (typeof version !== 'number') return failed({ path: 'version', reason: `must be ${CONFIG_VERSION}` });
    if (version > CONFIG_VERSION) {
      return failed({
        path: 'version',
        reason: `${version} is of a newer btrfleet; this one knows ${CONFIG_VERSION}`,
      });
    }
    const step = MIGRATIONS[version];
    if (step === undefined) return failed({ path: 'version', reason: `${version} never was a version` });
    current = { ...step(current), version: version + 1 };
  }
}

/** Checks a configuration of today's version; all flaws that were found, at least one. */
export function parseConfig(raw: Raw): Result<ReadConfig, readonly ConfigFlaw[]> {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    return failed(
      parsed.error.issues.map(({ path, message }) => ({ path: pathText(path), reason: message })),
    );
  }
  const warnings = unknownKeys(raw, parsed.data).map(
    (path) => `${pathText(path)} is not known to this version of btrfleet; it is kept and has no effect.`,
  );
  return ok({ config: parsed.data, warnings });
}

type Path = readonly PropertyKey[];

interface Rule {
  readonly path: Path;
  readonly reason: string;
}

const namesOnce = (servers: readonly Server[]): Rule[] =>
  servers.flatMap(({ name: own }, index) =>
    servers.findIndex((other) => other.name === own) < index
      ? [{ path: ['servers', index, 'name'], reason: `a server named ${own} is there already` }]
      : [],
  );

function onePrimary(servers: readonly Server[]): Rule[] {
  const first = servers.findIndex(({ role }) => role === 'primary');
  return servers.flatMap(({ role }, index) =>
    role === 'primary' && index > first
      ? [{ path: ['servers', index, 'role'], reason: `${servers[first]?.name} is the primary already` }]
      : [],
  );
}

/** Every way through jump servers ends at one that needs none. */
function jumpsArrive(servers: readonly Server[]): Rule[] {
  const jumps = new Map(servers.map(({ name: own, jump }) => [own, jump] as const));
  return servers.flatMap(({ name: own, jump }, index): Rule[] => {
    const path = ['servers', index, 'jump'];
    if (jump === null) return [];
    if (!jumps.has(jump)) return [{ path, reason: `there is no server named ${jump}` }];
    const passed = new Set([own]);
    for (let hop: string | null = jump; hop !== null; hop = jumps.get(hop) ?? null) {
      if (passed.has(hop))
        return [{ path, reason: `goes round in a circle: ${[...passed, hop].join(' → ')}` }];
      passed.add(hop);
    }
    return [];
  });
}

function onePolicyEach(
  list: 'snapshotPolicies' | 'retentionPolicies' | 'verifyPolicies',
  policies: readonly { readonly subvolume: string }[],
): Rule[] {
  return policies.flatMap(({ subvolume }, index) =>
    policies.findIndex((other) => other.subvolume === subvolume) < index
      ? [{ path: [list, index, 'subvolume'], reason: `${subvolume} has such a policy already` }]
      : [],
  );
}

/** Every task has a name of its own, names each subvolume and target once, and only servers there are. */
function tasksStand({ tasks, servers }: Pick<Config, 'tasks' | 'servers'>): Rule[] {
  const known = new Set(servers.map((server) => server.name));
  return tasks.flatMap((one, index): Rule[] => {
    const path = ['tasks', index];
    const twin = tasks.findIndex((other) => other.name === one.name) < index;
    const targets = one.targets.map(formatTarget);
    const missing = one.targets.find(({ server: target }) => !known.has(target));
    return [
      ...(twin ? [{ path: [...path, 'name'], reason: `a task named ${one.name} is there already` }] : []),
      ...(new Set(one.subvolumes).size < one.subvolumes.length
        ? [{ path: [...path, 'subvolumes'], reason: 'names a subvolume twice' }]
        : []),
      ...(new Set(targets).size < targets.length
        ? [{ path: [...path, 'targets'], reason: 'names a target twice' }]
        : []),
      ...(missing
        ? [{ path: [...path, 'targets'], reason: `there is no server named ${missing.server}` }]
        : []),
      ...(one.into !== null && one.subvolumes.length > 1
        ? [{ path: [...path, 'into'], reason: 'a group keeps each member in its usual directory' }]
        : []),
    ];
  });
}

const isRecord = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `servers[2].port`. */
const pathText = (path: Path): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
