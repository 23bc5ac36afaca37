/**
 * Decides what one target must be sent, oldest first, each with its base, or why it must not. It deletes nothing
 * and makes no room: a different thing under a wanted name is a fault.
 */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationPlan, SendStep, StepRefusal, Wanted } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import { byAge } from '../catalog/catalog.ts';
import { unproven } from '../catalog/identity-words.ts';
import { inOrderMade, type MadeSnapshots } from '../catalog/order-made.ts';
import { chooseBase, type SpoiltBase, unprovenBase, whyNotNearer } from './base.ts';

export interface TargetState {
  readonly server: string;
  /** Absolute directory the replicas go to. */
  readonly directory: string;
  /** What lies directly in that directory, whatever its state. */
  readonly replicas: readonly Snapshot[];
  /** Every read-only snapshot that a receive there can see, wherever it lies. */
  readonly bases: readonly Snapshot[];
  /** Those of them that must not be built on all the same. */
  readonly spoilt?: readonly SpoiltBase[];
  /** Ids of what nothing is built on once it is sent. */
  readonly onceSent?: ReadonlySet<string>;
  /** Names in the directory that are no subvolumes: files, plain directories. */
  readonly otherNames: ReadonlySet<string>;
}

/** What a person asks for; what a task sends is decided in plan/catch-up. */
export type WantedByHand = Exclude<Wanted, { mode: 'catch-up' }>;

export function planReplication(
  wanted: WantedByHand,
  subvolume: string,
  source: MadeSnapshots,
  target: TargetState,
): ReplicationPlan {
  const all = { snapshots: source.snapshots, made: inOrderMade(source) };
  const chosen = wantedSnapshots(wanted, subvolume, all);
  if (!chosen.ok) return { kind: 'blocked', fault: chosen.fault };
  const baseFor = baseRule(wanted, chosen.value, all);
  return baseFor.ok
    ? planSteps(chosen.value, baseFor.value, target)
    : { kind: 'blocked', fault: baseFor.fault };
}

/** One step for each of `chosen` (at least one) that is not there, in their order. What was sent before may be the base of the next. */
export function planSteps(
  chosen: readonly Snapshot[],
  baseFor: BaseFor,
  target: TargetState,
): ReplicationPlan {
  const newest = chosen.at(-1);
  if (!newest) throw new Error('nothing was chosen to be sent');
  const steps: SendStep[] = [];
  const refused: StepRefusal[] = [];
  const there = [...target.bases];
  const present = chosen.filter((one) => isThere(one, target));
  for (const snapshot of chosen.filter((one) => !isThere(one, target))) {
    const step = planStep(snapshot, baseFor, { ...target, bases: there });
    if (!step.ok) {
      refused.push({ snapshot, fault: step.fault });
      continue;
    }
    steps.push(step.value);
    if (target.onceSent?.has(bornIdOfSnapshot(snapshot)) !== true) there.push(snapshot);
  }
  const [first, ...rest] = steps;
  const [refusal] = refused;
  if (first) return { kind: 'send', steps: [first, ...rest], refused, present };
  if (refusal) return { kind: 'blocked', fault: refusal.fault };
  return { kind: 'current', snapshot: newest, present };
}

/** In the directory of its replicas: of a copy elsewhere nobody knows who looks after it. It can be a base, no more. */
export const isThere = (snapshot: Snapshot, target: TargetState): boolean =>
  target.replicas.some(({ originId, state }) => originId === snapshot.originId && state === 'complete');

interface Source {
  /** Foreign ones included. */
  readonly snapshots: readonly Snapshot[];
  /** The whole ones of btrfleet's own, in the order in which they were made. */
  readonly made: readonly Snapshot[];
}

function wantedSnapshots(
  wanted: WantedByHand,
  subvolume: string,
  { snapshots, made }: Source,
): Result<readonly Snapshot[]> {
  const all = wanted.mode === 'auto' && wanted.all;
  if (wanted.snapshot === null) {
    const newest = made.at(-1);
    if (!newest) return failed(noSnapshots(subvolume));
    return ok(all ? made : [newest]);
  }
  const named = findNamed(wanted.snapshot, subvolume, snapshots);
  if (!named.ok) return named;
  return ok(all ? made.slice(0, made.indexOf(named.value) + 1) : [named.value]);
}

/** By name; btrfleet's own goes before a foreign one that was given the same name elsewhere. */
const byName = (name: string, source: readonly Snapshot[]): Snapshot | undefined =>
  source.find((snapshot) => snapshot.name === name && snapshot.state !== 'foreign') ??
  source.find((snapshot) => snapshot.name === name);

function findNamed(name: string, subvolume: string, source: readonly Snapshot[]): Result<Snapshot> {
  const named = byName(name, source);
  if (!named) {
    return failed(
      fault(
        'no-such-snapshot',
        `${subvolume} has no snapshot ${name} on the primary.`,
        `"${command('snapshot', 'list', subvolume)}" shows what there is.`,
      ),
    );
  }
  if (named.state === 'complete') return ok(named);
  if (named.state === 'foreign') {
    return failed(
      fault(
        'foreign-snapshot',
        `${named.path} was not made by btrfleet.`,
        'btrfleet sends only its own snapshots: make one with "btrfleet snapshot create".',
      ),
    );
  }
  return failed(writable(named));
}

export type BaseFor = (snapshot: Snapshot, target: TargetState) => Result<Omit<SendStep, 'snapshot'>>;

/** How a step finds its base. What can be refused without looking at a target is refused here, for all of them. */
function baseRule(wanted: WantedByHand, chosen: readonly Snapshot[], source: Source): Result<BaseFor> {
  if (wanted.mode === 'full') return ok(() => ok({ base: null }));
  if (wanted.mode !== 'incremental') return ok(nearestBase(source.snapshots));
  const base = givenBase(wanted.base, chosen, source);
  return base.ok ? ok((_, target) => baseOnTarget(base.value, target)) : base;
}

/** The nearest that is proven on both sides and can be built on; it says why a nearer one is not used. */
export const nearestBase =
  (source: readonly Snapshot[]): BaseFor =>
  (snapshot, { bases, spoilt = [] }) => {
    const barred = new Set(spoilt.map(({ originId }) => originId));
    const base = chooseBase(
      snapshot,
      source,
      bases.filter(({ originId }) => !barred.has(originId)),
    );
    const note = whyNotNearer(snapshot, base, source, { bases, spoilt });
    const unproven = base === null ? unprovenBase(snapshot, source, { bases, spoilt }) : null;
    return ok({ base, ...(note === null ? {} : { note }), ...(unproven === null ? {} : { unproven }) });
  };

function planStep(snapshot: Snapshot, baseFor: BaseFor, target: TargetState): Result<SendStep> {
  if (snapshot.doubt) return failed(unproven(snapshot, null));
  const taken = nameTaken(snapshot, target);
  if (taken) return failed(taken);
  const base = baseFor(snapshot, target);
  return base.ok ? ok({ snapshot, ...base.value }) : base;
}

/** The base a user named: on the primary, read-only, and not known to be as new as what is sent. */
function givenBase(name: string, chosen: readonly Snapshot[], { snapshots, made }: Source): Result<Snapshot> {
  const base = byName(name, snapshots);
  if (!base) {
    return failed(
      fault(
        'no-base',
        `The base ${name} does not exist on the primary.`,
        'An incremental replication needs the base on both sides: choose one the primary still has, or send in full.',
      ),
    );
  }
  if (!base.readOnly) return failed(writable(base));
  if (base.doubt) return failed(unproven(base, null));
  const isNewer = (snapshot: Snapshot): boolean =>
    made.includes(base) ? made.indexOf(snapshot) > made.indexOf(base) : byAge(base, snapshot) < 0;
  const notNewer = chosen.find((snapshot) => base.createdAt !== null && !isNewer(snapshot));
  if (!notNewer) return ok(base);
  return failed(
    fault(
      'nothing-newer',
      `${notNewer.name} is not newer than the base ${name}.`,
      'Choose an earlier base or make a new snapshot first.',
    ),
  );
}

function baseOnTarget(
  base: Snapshot,
  { server, bases, replicas, spoilt = [] }: TargetState,
): ReturnType<BaseFor> {
  const bar = spoilt.find(({ originId }) => originId === base.originId);
  if (bar) return failed(unusable(base, bar, server));
  if (bases.some((replica) => replica.originId === base.originId)) return ok({ base });
  const inDoubt = bases.find((one) => one.doubt && bornIdOfSnapshot(one) === base.originId);
  if (inDoubt) return failed(unproven(inDoubt, server));
  const writable = replicas.find((replica) => replica.name === base.name && replica.state === 'modified');
  if (writable) return failed(modified(writable, server));
  return failed(
    fault(
      'no-base',
      `${server} has no replica of the base ${base.name}.`,
      'Choose a base that is on both sides ("btrfleet replicate auto" finds it), or send in full.',
      { server },
    ),
  );
}

/** A left-over partial takes the name, too: the driver removes its own before it asks for a plan. */
function nameTaken(snapshot: Snapshot, target: TargetState): Fault | null {
  const { server, directory } = target;
  const replica = target.replicas.find((one) => one.name === snapshot.name);
  if (replica?.state === 'modified') return modified(replica, server);
  if (replica?.doubt) return unproven(replica, server);
  if (!replica && !target.otherNames.has(snapshot.name)) return null;
  return fault(
    'name-taken',
    `${directory}/${snapshot.name} on ${server} exists and is not this snapshot.`,
    'btrfleet deletes nothing to make room. Look at it, move or remove it yourself, then try again.',
    { server },
  );
}

const unusable = (base: Snapshot, { why }: SpoiltBase, server: string): Fault =>
  fault(
    'no-base',
    `${base.name} cannot be built on at ${server}, because ${why}.`,
    'Choose another base ("btrfleet replicate auto" finds one), or send in full.',
    { server },
  );

const writable = (snapshot: Snapshot): Fault =>
  fault(
    'replica-modified',
    `${snapshot.path} is writable, so it is no snapshot any more.`,
    'Choose another snapshot; only read-only ones can be sent or sent from.',
  );

const modified = (replica: Snapshot, server: string): Fault =>
  fault(
    'replica-modified',
    `The replica ${replica.path} on ${server} is writable: it has lost its identity and may differ from what was sent.`,
    'It can never be a base again. If nobody needs what was changed in it, delete it, then replicate anew.',
    { server },
  );

export const noSnapshots = (subvolume: string): Fault =>
  fault(
    'no-such-snapshot',
    `${subvolume} has no snapshots that btrfleet made.`,
    `Make one first: "${command('snapshot', 'create', subvolume)}".`,
  );
