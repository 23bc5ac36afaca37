/** Chooses what is compared: on each target the newest replica whose source the primary still has. It changes nothing. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { Unchosen, VerifyPair, VerifyWish } from '../../model/runs/verify.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { filesystemAt, findSubvolume } from '../../plan/catalog/catalog.ts';
import { choosePair, newerBeside } from '../../plan/verify/choose-pair.ts';
import { fewAtOnce } from '../ground/few-at-once.ts';
import type { Fleet } from '../ground/fleet.ts';
import { type ListedSnapshots, listReplicas, listSnapshots } from '../looks/list-snapshots.ts';
import { deadlineOf } from './deadline.ts';

/** Servers that are looked at at a time. */
const AT_ONCE = 8;

/** Of the budget: whoever does not answer by then leaves the rest of it to the others. */
const LOOKS = 0.5;

/** Faults: those of a look at the primary, config-invalid, no-such-server. What a target lacks is told in its place. */
export async function planVerification(
  fleet: Fleet,
  wish: VerifyWish,
  signal: AbortSignal,
): Promise<Result<RequestOf<'verify'>>> {
  const { level, share } = wish;
  const now = fleet.clock.now();
  const deadline = deadlineOf(wish.budgetSeconds && wish.budgetSeconds * LOOKS, now, signal);
  const listed = await listSnapshots(fleet, wish.subvolume, null, deadline.signal);
  if (!listed.ok) return failed(deadline.told(listed.fault));
  // By whatever path it was named, it is remembered by the one it is known by.
  const known = findSubvolume(listed.value.inventory, wish.subvolume);
  const subvolume = known.ok ? known.value.path : wish.subvolume;
  const places = placesOf(fleet, { ...wish, subvolume }, listed.value.host.server.name);
  if (!places.ok) return places;
  if (places.value.length === 0) return failed(nowhere(subvolume));
  const found = await fewAtOnce(places.value, AT_ONCE, (place) =>
    chooseOn(fleet, { ...wish, subvolume }, place, listed.value.snapshots, deadline.signal),
  );
  const all = found.flat();
  const pairs = all.flatMap((one) => ('fault' in one ? [] : [one]));
  const unchosen = all.flatMap((one) =>
    'fault' in one ? [{ ...one, fault: deadline.told(one.fault) }] : [],
  );
  // What the looks took is gone of it.
  const budgetSeconds =
    wish.budgetSeconds && Math.max(1, Math.ceil(wish.budgetSeconds - (fleet.clock.now() - now) / 1000));
  return ok({
    ...({ kind: 'verify', subvolume, level, share, budgetSeconds, snapshot: wish.snapshot } as const),
    pairs: [
      ...new Map(pairs.map((pair) => [`${pair.server} ${pair.filesystem} ${pair.uuid}`, pair])).values(),
    ],
    unchosen,
  });
}

interface PlaceWanted extends Target {
  /** Directory below `.snapshots`; null: the usual one. */
  readonly into: string | null;
  /** Others of its server are compared as well: only what lies in its directory is meant. */
  readonly isOneOfSeveral: boolean;
}

function placesOf(
  { config, journal }: Fleet,
  { to, subvolume }: VerifyWish,
  primary: string,
): Result<PlaceWanted[]> {
  const read = config.read();
  if (!read.ok) return read;
  if (to?.some(({ server, mount }) => server === primary && mount === null))
    return failed(isPrimary(primary));
  const { tasks, servers } = read.value.config;
  const mine = tasks.filter(({ enabled, subvolumes }) => enabled && subvolumes.includes(subvolume));
  const byTasks = mine.flatMap(({ targets, into }) => targets.map((target) => ({ ...target, into })));
  const secondaries = servers.filter(({ name }) => name !== primary).map(({ name }) => name);
  const known = journal.replicasOf(subvolume).map(({ server }) => server);
  const having = secondaries.filter((name) => known.includes(name));
  // Where no task and nothing known says who should have it, all are asked.
  const others = byTasks.length + having.length === 0 ? secondaries : having;
  const whole = others
    .filter((name) => !byTasks.some(({ server }) => server === name))
    .map((server) => ({ server, mount: null, into: null }));
  const wanted = to?.flatMap((target) => {
    const ofTasks = byTasks.filter((one) => formatTarget(one) === formatTarget(target));
    return ofTasks.length > 0 ? ofTasks : [{ ...target, into: null }];
  }) ?? [...byTasks, ...whole];
  const all = [...new Map(wanted.map((one) => [`${formatTarget(one)} ${one.into}`, one])).values()];
  const isOneOfSeveral = ({ server }: Target): boolean =>
    all.filter((one) => one.server === server).length > 1;
  return ok(all.map((one) => ({ ...one, isOneOfSeveral: isOneOfSeveral(one) })));
}

async function chooseOn(
  fleet: Fleet,
  { subvolume, snapshot }: VerifyWish,
  { server, mount, into, isOneOfSeveral }: PlaceWanted,
  source: readonly Snapshot[],
  signal: AbortSignal,
): Promise<(VerifyPair | Unchosen)[]> {
  const listed =
    mount === null && into === null && !isOneOfSeveral
      ? await listSnapshots(fleet, subvolume, server, signal)
      : await listReplicas(fleet, subvolume, { server, mount, into }, signal);
  if (!listed.ok) return [{ server, mount, fault: listed.fault }];
  const chosen = [...byFilesystem(listed.value)].flatMap(
    ([filesystem, replicas]): (VerifyPair | Unchosen)[] => {
      const pair = choosePair(source, replicas, snapshot);
      // On the primary itself there may be no more than the source.
      if (!pair || pair.replica.uuid === pair.source.uuid) return [];
      const { replica } = pair;
      const at = filesystemAt(listed.value.inventory, replica.path)?.mount ?? mount;
      const ids = { snapshot: replica.name, uuid: replica.uuid, source: pair.source.uuid };
      const newer = snapshot === null ? newerBeside(replicas, pair) : null;
      const odd = newer ? [{ server, mount: mount ?? at, fault: isOdd(newer, server, replica.name) }] : [];
      return [{ server, mount: mount ?? at, filesystem, ...ids }, ...odd];
    },
  );
  return chosen.length > 0 ? chosen : [{ server, mount, fault: nothingThere(subvolume, server, snapshot) }];
}

function byFilesystem({ snapshots, inventory }: ListedSnapshots): Map<string, Snapshot[]> {
  return Map.groupBy(snapshots, ({ path }) => filesystemAt(inventory, path)?.uuid ?? '');
}

const nothingThere = (subvolume: string, server: string, snapshot: string | null): Fault =>
  fault(
    'no-such-snapshot',
    snapshot === null
      ? `${server} has no replica of ${subvolume} whose source is on the primary.`
      : `${server} has no replica of ${snapshot} of ${subvolume}, or the primary does not have it.`,
    `"${command('snapshot', 'list', subvolume, '--server', server)}" shows what there is.`,
    { server },
  );

/** What is verified is not the newest there. */
const isOdd = ({ path, state }: Snapshot, server: string, compared: string): Fault =>
  state === 'modified'
    ? fault(
        'replica-modified',
        `${path} on ${server} is newer than what was compared, ${compared}, and was made writable: it may be anything.`,
        'Rename or delete it there, then replicate again.',
        { server },
      )
    : fault(
        'no-such-snapshot',
        `${path} on ${server} is newer than what was compared, ${compared}, and its source is not on the primary any more.`,
        'Make a new snapshot, and replicate that.',
        { server },
      );

const isPrimary = (server: string): Fault =>
  fault(
    'usage',
    `${server} is the primary: what it has is the source, and would be compared with itself.`,
    `Name another disk of it by its mount, as in --to ${server}:/mnt/usb.`,
    { server },
  );

const nowhere = (subvolume: string): Fault =>
  fault(
    'no-such-snapshot',
    `There is no server but the primary, so there is no replica of ${subvolume}.`,
    'Add a server, and replicate to it.',
  );
