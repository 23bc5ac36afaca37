/**
 * Decides what the incremental tab would send, step by step as it is chosen, and refuses each step that cannot work
 * with its own reason: the subvolume and the base must be on both sides, and something newer on the primary.
 */
import { BY_HAND, type ReplicationRequest, USUAL_TRANSFER } from '../../core/model/runs/replication.ts';
import type { Server } from '../../core/model/server.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { Place } from '../../core/plan/catalog/catalog.ts';
import { isLiveReceived, WHY } from '../../core/plan/catalog/identity-words.ts';
import { ownName } from '../../core/plan/catalog/target.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import {
  places,
  primaryLook,
  primaryOf,
  type ReplicaDirectory,
  replicaDirectories,
  secondariesOf,
} from '../shared/fleet-view.ts';
import { sendable } from './full-choice.ts';

export type Step = 'server' | 'subvolume' | 'base' | 'snapshot';

export interface IncrementalChoice {
  readonly servers: readonly Server[];
  readonly server: Server | null;
  /** What the secondary holds replicas of. */
  readonly directories: readonly ReplicaDirectory[];
  readonly directory: ReplicaDirectory | null;
  /** The same subvolume on the primary. */
  readonly place: Place | null;
  /** On the secondary, newest first. */
  readonly bases: readonly Snapshot[];
  /** As it lies on the secondary, and as it lies on the primary. */
  readonly base: Snapshot | null;
  readonly origin: Snapshot | null;
  /** On the primary and newer than the base, newest first. */
  readonly newer: readonly Snapshot[];
  readonly snapshot: Snapshot | null;
  /** The step that cannot be gone on from, and why. */
  readonly refusal: { readonly step: Step; readonly reason: string } | null;
}

export function incrementalChoice(state: AppState): IncrementalChoice {
  const { incremental } = state;
  const servers = secondariesOf(state);
  const server = servers.find(({ name }) => name === incremental.server) ?? bestServer(state, servers);
  const inventory = server === null ? null : (state.looks[server.name]?.inventory ?? null);
  const directories = inventory === null ? [] : replicaDirectories(inventory);
  const directory =
    directories.find(({ below }) => below === incremental.below) ??
    directories.find(({ below }) => onPrimary(state, below) !== null) ??
    directories[0] ??
    null;
  const place = directory === null ? null : onPrimary(state, directory.below);
  const sources = place === null ? [] : sendable(place);
  const bases = directory === null ? [] : directory.snapshots.toReversed();
  const base = bases.find(({ originId }) => originId === incremental.base) ?? bestBase(bases, sources);
  const origin = sources.find(({ originId }) => originId === base?.originId) ?? null;
  const newer = origin === null ? [] : sources.slice(0, sources.indexOf(origin));
  const snapshot = newer.find(({ name }) => name === incremental.snapshot) ?? newer[0] ?? null;
  const choice = { servers, server, directories, directory, place, bases, base, origin, newer, snapshot };
  return { ...choice, refusal: refuse(state, choice) };
}

/** One that has replicas and answers, else the first. */
const bestServer = (state: AppState, servers: readonly Server[]): Server | null =>
  servers.find(({ name }) => {
    const look = state.looks[name];
    return look?.inventory && look.status === 'online' && replicaDirectories(look.inventory).length > 0;
  }) ??
  servers[0] ??
  null;

const onPrimary = (state: AppState, below: string): Place | null =>
  places(state).find(({ replicaBelow }) => replicaBelow === below) ??
  places(state).find((place) => ownName({ ...place, filesystemUuid: place.filesystem.uuid }) === below) ??
  null;

/** The newest that the primary has too and has something newer than; else the newest the primary has; else the newest. */
function bestBase(bases: readonly Snapshot[], sources: readonly Snapshot[]): Snapshot | null {
  const shared = bases.filter(
    (base) => base.state === 'complete' && sources.some(({ originId }) => originId === base.originId),
  );
  const newest = sources[0];
  return shared.find(({ originId }) => originId !== newest?.originId) ?? shared[0] ?? bases[0] ?? null;
}

function refuse(state: AppState, choice: Omit<IncrementalChoice, 'refusal'>): IncrementalChoice['refusal'] {
  const { server, directory, place, base, origin, snapshot } = choice;
  const primary = primaryOf(state)?.name ?? 'the primary';
  if (primaryOf(state) === null) return no('server', 'There is no primary yet: page 2 adds servers.');
  if (server === null) return no('server', 'There is no secondary yet: page 2 adds one.');
  const look = state.looks[server.name];
  if (!look?.inventory)
    return no('server', look?.fault?.message ?? `${server.name} was not seen yet; R looks again.`);
  if (directory === null)
    return no('subvolume', `${server.name} has no replicas yet: send one in full first (key [).`);
  if (!primaryLook(state)?.inventory)
    return no('subvolume', `${primary} was not seen yet, so it is not known what it has.`);
  if (place === null) {
    return no(
      'subvolume',
      `The subvolume ${formatName(directory.below)} does not exist on the primary ${primary}. It must be on both sides.`,
    );
  }
  if (isLiveReceived(place.subvolume))
    return no('subvolume', `${formatName(place.path)} carries a received uuid: page 3 says how to clear it.`);
  if (base === null) return no('base', `${server.name} has no snapshot of it.`);
  if (base.state === 'modified') {
    return no(
      'base',
      `${base.name} was made writable on ${server.name}: it can never be a base again. Choose another.`,
    );
  }
  if (base.doubt) {
    return no(
      'base',
      `${base.name} is not proven on ${server.name}, because ${WHY[base.doubt]}. Choose another.`,
    );
  }
  if (base.state === 'partial')
    return no('base', `${base.name} is only half received on ${server.name}. Choose another.`);
  if (origin === null) {
    return no(
      'base',
      `The snapshot ${base.name} does not exist on the primary ${primary}. It must be on both sides: choose another, or send in full.`,
    );
  }
  if (snapshot === null) {
    return no(
      'snapshot',
      `The primary has no snapshot newer than ${origin.name}. Choose an earlier one, or make a new one (page 3).`,
    );
  }
  return null;
}

const no = (step: Step, reason: string): IncrementalChoice['refusal'] => ({ step, reason });

export function incrementalRequest(choice: IncrementalChoice): ReplicationRequest | null {
  const { refusal, place, server, origin, snapshot, directory } = choice;
  if (refusal !== null || !place || !server || !origin || !snapshot || !directory) return null;
  return {
    subvolume: place.path,
    targets: [{ server: server.name, mount: mountOf(directory) }],
    wanted: { mode: 'incremental', snapshot: snapshot.name, base: origin.name },
    options: USUAL_TRANSFER,
    ...BY_HAND,
  };
}

/** The mount the chosen replicas lie below: what is in front of `/.snapshots`. */
const mountOf = ({ directory }: ReplicaDirectory): string =>
  directory.slice(0, directory.indexOf('/.snapshots')) || '/';
