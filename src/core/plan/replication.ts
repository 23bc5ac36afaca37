/**
 * Decides what one target must be sent, oldest first, each with its base, or why it must not. It deletes nothing
 * and makes no room: a different thing under a wanted name is a fault.
 */
import { type Fault, fault } from '../model/fault.ts';
import type { ReplicationPlan, SendStep, Wanted } from '../model/replication.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { chooseBase } from './base.ts';
import { byAge } from './catalog.ts';

export interface TargetState {
  readonly server: string;
  /** Absolute directory the replicas go to. */
  readonly directory: string;
  /** What lies directly in that directory, whatever its state. */
  readonly replicas: readonly Snapshot[];
  /** Every read-only snapshot a receive there can build on, wherever it lies. */
  readonly bases: readonly Snapshot[];
  /** Names in the directory that are no subvolumes: files, plain directories. */
  readonly otherNames: ReadonlySet<string>;
}

/** `source`: the snapshots of the subvolume on the primary, foreign ones included. */
export function planReplication(
  wanted: Wanted,
  subvolume: string,
  source: readonly Snapshot[],
  target: TargetState,
): ReplicationPlan {
  const chosen = wantedSnapshots(wanted, subvolume, source);
  if (!chosen.ok) return { kind: 'blocked', fault: chosen.fault };
  const steps: SendStep[] = [];
  const there = [...target.bases];
  for (const snapshot of chosen.value.filter((one) => !isThere(one, target))) {
    const step = planStep(wanted, snapshot, source, { ...target, bases: there });
    if (!step.ok) return { kind: 'blocked', fault: step.fault };
    steps.push(step.value);
    there.push(snapshot);
  }
  const [first, ...rest] = steps;
  const newest = chosen.value.at(-1);
  if (first) return { kind: 'send', steps: [first, ...rest] };
  return newest ? { kind: 'current', snapshot: newest } : { kind: 'blocked', fault: noSnapshots(subvolume) };
}

const isThere = (snapshot: Snapshot, target: TargetState): boolean =>
  target.bases.some((replica) => replica.originId === snapshot.originId);

function wantedSnapshots(
  wanted: Wanted,
  subvolume: string,
  source: readonly Snapshot[],
): Result<readonly Snapshot[]> {
  const complete = source.filter((snapshot) => snapshot.state === 'complete').toSorted(byAge);
  const newest = complete.at(-1);
  if (!newest) return failed(noSnapshots(subvolume));
  if (wanted.mode === 'auto' && wanted.snapshot === null) return ok(wanted.all ? complete : [newest]);
  const named = findNamed(wanted.snapshot ?? newest.name, subvolume, source);
  if (!named.ok) return named;
  return ok(
    wanted.mode === 'auto' && wanted.all
      ? complete.filter((snapshot) => byAge(snapshot, named.value) <= 0)
      : [named.value],
  );
}

function findNamed(name: string, subvolume: string, source: readonly Snapshot[]): Result<Snapshot> {
  const named = source.find((snapshot) => snapshot.name === name);
  if (!named) {
    return failed(
      fault(
        'no-such-snapshot',
        `${subvolume} has no snapshot ${name} on the primary.`,
        `"btrfleet snapshot list ${subvolume}" shows what there is.`,
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
  return failed(
    fault(
      'replica-modified',
      `${named.path} is writable, so it is no snapshot any more.`,
      'Choose another snapshot; only read-only ones can be sent.',
    ),
  );
}

function planStep(
  wanted: Wanted,
  snapshot: Snapshot,
  source: readonly Snapshot[],
  target: TargetState,
): Result<SendStep> {
  const taken = nameTaken(snapshot, target);
  if (taken) return failed(taken);
  if (wanted.mode === 'full') return ok({ snapshot, base: null });
  if (wanted.mode === 'auto') return ok({ snapshot, base: chooseBase(snapshot, source, target.bases) });
  const base = givenBase(wanted.base, snapshot, source, target);
  return base.ok ? ok({ snapshot, base: base.value }) : base;
}

/** The base a user named: on the primary, older than what is sent, and whole on the target. */
function givenBase(
  name: string,
  snapshot: Snapshot,
  source: readonly Snapshot[],
  target: TargetState,
): Result<Snapshot> {
  const { server } = target;
  const base = source.find((candidate) => candidate.name === name);
  if (!base) {
    return failed(
      fault(
        'no-base',
        `The base ${name} does not exist on the primary.`,
        'An incremental replication needs the base on both sides: choose one the primary still has, or send in full.',
      ),
    );
  }
  if (byAge(base, snapshot) >= 0) {
    return failed(
      fault(
        'nothing-newer',
        `${snapshot.name} is not newer than the base ${name}.`,
        'Choose an earlier base or make a new snapshot first.',
      ),
    );
  }
  if (target.bases.some((replica) => replica.originId === base.originId)) return ok(base);
  const spoilt = target.replicas.find((replica) => replica.name === name && replica.state === 'modified');
  if (spoilt) return failed(modified(spoilt, server));
  return failed(
    fault(
      'no-base',
      `${server} has no replica of the base ${name}.`,
      'Choose a base that is on both sides ("btrfleet replicate auto" finds it), or send in full.',
      { server },
    ),
  );
}

function nameTaken(snapshot: Snapshot, target: TargetState): Fault | null {
  const { server, directory } = target;
  const replica = target.replicas.find((one) => one.name === snapshot.name);
  if (replica?.state === 'modified') return modified(replica, server);
  if (!replica && !target.otherNames.has(snapshot.name)) return null;
  return fault(
    'name-taken',
    `${directory}/${snapshot.name} on ${server} exists and is not this snapshot.`,
    'btrfleet deletes nothing to make room. Look at it, move or remove it yourself, then try again.',
    { server },
  );
}

const modified = (replica: Snapshot, server: string): Fault =>
  fault(
    'replica-modified',
    `The replica ${replica.path} on ${server} is writable: it has lost its identity and may differ from what was sent.`,
    'It can never be a base again. If nobody needs what was changed in it, delete it, then replicate anew.',
    { server },
  );

const noSnapshots = (subvolume: string): Fault =>
  fault(
    'no-such-snapshot',
    `${subvolume} has no snapshots.`,
    `Make one first: "btrfleet snapshot create ${subvolume}".`,
  );
