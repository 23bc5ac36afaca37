/** Looks at what a run did to files and plans that it is taken back: from what was kept before it. It changes nothing. */
import { ordersFileCommand, readOrders } from '../../btrfs/extract/orders.ts';
import { MIB, readOutput, wholeText } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { beforeName, type ExtractPlace, stageName } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { nameFromBytes } from '../../model/file-name.ts';
import { harmless } from '../../model/harmless.ts';
import { bornIdOf, type Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ExtractRequest } from '../../model/runs/extract.ts';
import type { Run } from '../../model/runs/run.ts';
import { baseName, joinPath } from '../../model/snapshot.ts';
import { planUndo, type UndoQuestion, undoRoots } from '../../plan/extract/undo-plan.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listTree } from './list-tree.ts';
import { type PlannedExtract, shownExtract, shownOf, wantedOf } from './plan-now.ts';
import { type TargetPlace, targetPlace } from './target-place.ts';

export interface ExtractUndoWish {
  /** A run that brought files back, or took that back. */
  readonly run: Run;
  /** Also what somebody changed since. */
  readonly force: boolean;
  readonly at?: string;
  /** As `ExtractQuestion` has it. Left out: it is to be shown. */
  readonly shownAt?: string | null;
}

/** Faults: refused (it changed nothing, or what it put there was changed since), no-such-snapshot, and as `planExtractNow`. */
export async function planExtractUndo(
  fleet: Fleet,
  { run: { id, request }, force, at = isoTime(fleet.clock.now()), shownAt = null }: ExtractUndoWish,
  signal: AbortSignal,
): Promise<Result<PlannedExtract>> {
  if (request.kind !== 'extract' || request.live === null || request.settles !== undefined)
    return failed(nothingKept(id));
  const { subvolume, to } = request;
  const found = await targetPlace(fleet, { subvolume, to, isHere: false }, signal);
  if (!found.ok) return found;
  const target = found.value;
  const { host } = target;
  const before = beforeIn(target, request);
  if (target.kept?.uuid !== request.live.uuid) return failed(isReplaced(host, request));
  const path = before?.absolutePath ?? null;
  if (!before || path === null) return failed(isGone(host, id, request));
  const places = await readPlaces(host, joinPath(path, stageName(request.at)), signal);
  if (!places.ok) return places;
  const trees = await listAll(fleet, { target, before, path, request, places: places.value }, signal);
  if (!trees.ok) return trees;
  const { plan, changed } = planUndo({ ...trees.value, places: places.value, force, shownAt });
  if (changed.length > 0 && !force) return failed(wasChanged(target, id, changed));
  const from = { name: baseName(path), uuid: before.uuid ?? '' };
  const undo: ExtractRequest = {
    ...{
      ...request,
      source: host.server.name,
      from,
      fromPath: path,
      at,
      undo: id,
      shown: shownOf(plan, trees.value.now.listedAt),
    },
    ...(force ? { force } : {}),
  };
  const notes = plan.counts.attributes > 0 ? [ATTRIBUTES] : [];
  const about = { plan, target, isReflink: true, createdAt: before.createdAt, notes };
  const source = { host, path, uuid: before.uuid };
  const filesystem = target.kept?.filesystem.uuid ?? '';
  const taken = { filesystem, origin: bornIdOf(before) ?? from.uuid };
  return ok({
    request: undo,
    plan,
    target,
    source,
    taken,
    isReflink: true,
    shown: shownExtract(undo, about),
  });
}

const ATTRIBUTES =
  'Directories get back all attributes and access lists they had. What they were given since is kept with what is there now.';

/** Made of it, and under the name that the run gave it. */
function beforeIn({ kept }: TargetPlace, { at, live }: ExtractRequest): Subvolume | null {
  const listing = kept?.filesystem.listing;
  if (!listing?.ok) return null;
  const found = listing.value.find(
    ({ path, readOnly, parentUuid }) =>
      readOnly && baseName(path) === beforeName(at) && (!live?.uuid || live.uuid === parentUuid),
  );
  return found ?? null;
}

/** What the run was told to do, as it lies in what was kept. */
async function readPlaces(
  host: Host,
  stage: string,
  signal: AbortSignal,
): Promise<Result<readonly ExtractPlace[]>> {
  const server = host.server.name;
  const opened = await host.stream(ordersFileCommand(stage), {
    limit: { of: 'silence', seconds: 120 },
    signal,
  });
  if (!opened.ok) return opened;
  const whole = wholeText();
  const end = readOutput(opened.value, { server, label: 'cat', bound: BOUND }, whole.add);
  opened.value.stdin.end();
  const ended = await end;
  if (!ended.ok) return ended;
  const places = ended.value.code === 0 ? readOrders(nameFromBytes(whole.bytes())) : null;
  return places ? ok(places) : failed(isUnreadable(server, stage));
}

const BOUND = { bytes: 512 * MIB, lines: false };

interface Kept {
  readonly target: TargetPlace;
  readonly before: Subvolume;
  readonly path: string;
  readonly request: ExtractRequest;
  readonly places: readonly ExtractPlace[];
}

async function listAll(
  fleet: Fleet,
  { target, before, path, request, places }: Kept,
  signal: AbortSignal,
): Promise<Result<Pick<UndoQuestion, 'before' | 'now' | 'brought' | 'given'>>> {
  const wanted = wantedOf(request.subvolume, request.paths, target);
  if (!wanted.ok) return wanted;
  const { host, root, kept } = target;
  const paths = undoRoots(
    places,
    wanted.value.map(({ to }) => to),
  );
  const ask = (asked: {
    readonly root: string;
    readonly uuid: string | null;
    readonly paths: readonly string[];
  }) => listTree(host, fleet.nonce(), asked, signal);
  const then = await ask({ root: path, uuid: before.uuid, paths });
  if (!then.ok) return then;
  const now = await ask({ root, uuid: kept?.uuid ?? null, paths });
  if (!now.ok) return now;
  const stage = joinPath(path, stageName(request.at));
  const brought = await ask({ root: joinPath(stage, 'new'), uuid: null, paths: [''] });
  if (!brought.ok) return brought;
  const given = await ask({ root: joinPath(stage, 'meta'), uuid: null, paths: [''] });
  if (!given.ok) return given;
  return ok({ before: then.value, now: now.value, brought: brought.value, given: given.value });
}

const nothingKept = (run: number): Fault =>
  fault(
    'refused',
    `Run ${run} kept nothing of what was there before, so it cannot be taken back.`,
    '"btrfleet restore list" shows what can be.',
  );

const isGone = (host: Host, run: number, { at }: ExtractRequest): Fault =>
  fault(
    'refused',
    `${beforeName(at)}, which was kept before run ${run}, is not on ${host.server.name}: nothing was changed then, or it was deleted.`,
    'Bring files back from another snapshot.',
    { server: host.server.name },
  );

const isReplaced = (host: Host, { subvolume }: ExtractRequest): Fault =>
  fault(
    'refused',
    `${subvolume} on ${host.server.name} is another subvolume than it was: it was restored or replaced since.`,
    'Take that back first, or bring files back from a snapshot.',
    { server: host.server.name },
  );

const isUnreadable = (server: string, stage: string): Fault =>
  fault(
    'refused',
    `What was to be done could not be read in ${stage} on ${server}, or another version of btrfleet wrote it.`,
    'Bring the files back from what was kept, with "snapshot extract".',
    { server },
  );

/** Names that are told. */
const NAMED = 5;

function wasChanged({ host, root }: TargetPlace, run: number, changed: readonly string[]): Fault {
  const named = changed.slice(0, NAMED).map((path) => harmless(joinPath(root, path)));
  const more = changed.length - named.length;
  return fault(
    'refused',
    `Of what run ${run} did on ${host.server.name} ${changed.length} were changed since: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Nothing was done.`,
    'To take it back all the same: --force. What is there now is kept before.',
    { server: host.server.name },
  );
}
