/**
 * The clean-up driver: looks now, plans by the rules, and deletes what the plan lets go, each after the very checks a
 * deletion by hand has. It never deletes what was not looked at in this run, nor what a run has pinned. What was sent or
 * deleted since may have moved the bases, and an old plan does not know what other managers did: before anything more goes,
 * it looks and plans again.
 */
import { type Fault, fault } from '../../model/fault.ts';
import { ok } from '../../model/result.ts';
import type { Deleted, KeepReason, Kept } from '../../model/retention.ts';
import type { CleanupRequest } from '../../model/runs/cleanup.ts';
import { parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { goingBy, keptRows } from '../../plan/retention/cleanup.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { MOST_LOOKS, neverStill } from '../ground/pins.ts';
import { batchesOf } from './delete-together.ts';
import { deleteUnpinned } from './deletion.ts';
import { ABSENT, NOT_ANSWERING } from './look-together.ts';
import { lookAndPlan, type PlannedCleanup } from './plan-cleanup.ts';

/** One that was to go and could not be deleted. */
interface Left {
  readonly snapshot: Snapshot;
  readonly fault: Fault;
}

/** A clean-up at work. */
interface Work {
  readonly request: CleanupRequest;
  readonly context: DriverContext;
  /** By which it is deleted now. */
  planned: PlannedCleanup;
  answers: ReadonlyMap<string, Kept | Deleted>;
  /** Plans since the last deletion. */
  plans: number;
  /** Why nothing more goes: it could not be planned again, or the server does not answer any more. */
  broken: Fault | null;
}

export const cleanUp: Driver<'cleanup'> = async (request, context) => {
  const planned = await lookAndPlan(context.fleet, request, context.signal);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const first = planned.value;
  const work: Work = { request, context, planned: first, answers: answersOf(first), plans: 1, broken: null };
  const deleted: { name: string }[] = [];
  const left: Left[] = [];
  const spared = new Map<Snapshot, readonly KeepReason[]>();
  const going = goingBy(first.plan, request.only);
  const say = progressOf(going.length, context);
  for (const batch of batchesOf(going, ({ path }) => path)) {
    for (const [snapshot, end] of await letGo(work, batch)) {
      if (end === 'deleted') deleted.push({ name: snapshot.name });
      else if ('keep' in end) spared.set(snapshot, end.keep);
      else {
        left.push({ snapshot, fault: end });
        // Each of the others would take its time, too, and keep who wants to look there waiting.
        if (NOT_ANSWERING.has(end.code)) work.broken ??= end;
      }
    }
    say(deleted.length);
  }
  const remaining = await stillThere(left, request, context);
  return {
    kind: 'cleanup',
    subvolume: request.subvolume,
    server: first.host.server.name,
    kept: keptRows(first.plan, request.only, spared),
    deleted,
    failed: remaining.map(({ snapshot: { name }, fault: why }) => ({ name, fault: why })),
  };
};

/** So many are over in a moment. */
const FEW = 200;

/** Says at each tenth how many are deleted. */
function progressOf(count: number, { emit }: DriverContext): (deleted: number) => void {
  let told = 0;
  return (deleted) => {
    const tenths = count < FEW ? 0 : Math.floor((deleted * 10) / count);
    if (tenths > told) emit({ type: 'note', message: `deleted ${deleted} of ${count} snapshots` });
    told = Math.max(told, tenths);
  };
}

const keyOf = ({ uuid, path }: Snapshot): string => `${uuid} ${path}`;

const answersOf = ({ plan: { answers } }: PlannedCleanup): Work['answers'] =>
  new Map(answers.map((answer) => [keyOf(answer.snapshot), answer]));

/**
 * Without those that another manager, or somebody by hand, deleted between the plan and their turn: that is what was
 * wanted. Only a new look says so, and only where it shows others in their directory: a disk may be away as well.
 */
async function stillThere(
  left: readonly Left[],
  request: CleanupRequest,
  { fleet, signal }: DriverContext,
): Promise<readonly Left[]> {
  if (!left.some(({ fault: why }) => ABSENT.has(why.code))) return left;
  const again = await lookAndPlan(fleet, request, signal);
  if (!again.ok) return left;
  const paths = again.value.plan.answers.map(({ snapshot }) => snapshot.path);
  const seen = { paths: new Set(paths), directories: new Set(paths.map(parentDirectory)) };
  return left.filter(({ snapshot: { path }, fault: why }) => {
    const isGone = !seen.paths.has(path) && seen.directories.has(parentDirectory(path));
    return !(isGone && ABSENT.has(why.code));
  });
}

type End = 'deleted' | { readonly keep: readonly KeepReason[] } | Fault;
type Ends = ReadonlyMap<Snapshot, End>;

const IN_USE: End = { keep: [{ kind: 'in-use' }] };

/** What was planned once is the most that goes: of that, only what the plan of now lets go as well. */
async function letGo(work: Work, batch: readonly Snapshot[]): Promise<Ends> {
  const ends = new Map<Snapshot, End>();
  const pending = () => batch.filter((snapshot) => !ends.has(snapshot));
  while (work.broken === null) {
    const { planned, answers, context } = work;
    const named = planned.named();
    for (const snapshot of pending()) {
      const answer = answers.get(keyOf(snapshot));
      if (answer?.verdict === 'kept') ends.set(snapshot, { keep: answer.reasons });
      else if (named.has(snapshot.name)) ends.set(snapshot, IN_USE);
    }
    const going = pending();
    if (going.length === 0) return ends;
    const chosen = going.map((one) => {
      // As the plan of now has it; null: it was not seen any more.
      const snapshot = answers.get(keyOf(one))?.snapshot ?? null;
      return { name: one.name, snapshot, filesystem: snapshot && planned.filesystemOf(snapshot) };
    });
    const tried = planned.isOld()
      ? ok('moved' as const)
      : await deleteUnpinned(planned, chosen, context, true);
    if (!tried.ok) work.broken = tried.fault;
    else if (tried.value === 'moved') await planAgain(work);
    else {
      for (const [index, end] of tried.value.entries()) {
        const snapshot = going[index];
        if (snapshot) ends.set(snapshot, 'pinnedBy' in end ? IN_USE : (end.fault ?? 'deleted'));
      }
      if ([...ends.values()].includes('deleted')) work.plans = 0;
    }
  }
  const { broken } = work;
  return new Map([...ends, ...pending().map((snapshot) => [snapshot, broken] as const)]);
}

/**
 * What a replication or another clean-up did since may have moved the bases. Without a new look nothing more goes: the
 * old one knows nothing of that.
 */
async function planAgain(work: Work): Promise<void> {
  const { request, context } = work;
  if (work.plans >= MOST_LOOKS) {
    work.broken = neverStill(request.subvolume);
    return;
  }
  const planned = await lookAndPlan(context.fleet, request, context.signal);
  work.plans += 1;
  if (planned.ok) {
    work.planned = planned.value;
    work.answers = answersOf(planned.value);
  } else work.broken = context.signal.aborted ? cancelled : planned.fault;
}

const cancelled = fault('cancelled', 'Cancelled before it was deleted.', 'It is still there.');
