/** What the screen does with snapshots: it hands the work to the engine, and keeps what can be undone. */
import type { Result } from '../core/model/result.ts';
import type { RetentionRules } from '../core/model/retention.ts';
import { snapshotByHand } from '../core/model/runs/snapshot.ts';
import { bornIdOfSnapshot, type ChosenSnapshot, type Hold, type Snapshot } from '../core/model/snapshot.ts';
import type { RememberedReplica } from '../core/plan/retention/known-bases.ts';
import { pinnedAmong } from '../core/run/ground/pins.ts';
import { holdSnapshot, releaseSnapshot } from '../core/run/snapshots/hold.ts';
import { snapshotSize } from '../core/run/storage/snapshot-size.ts';
import { type App, tell } from './app.ts';
import { enqueue } from './enqueue.ts';
import { readJournal } from './history.ts';
import { askAboutLoss, lossLines } from './lost-protection.ts';
import { readConfig } from './refresh.ts';
import { did } from './undo.ts';

export function createSnapshot(app: App, subvolume: string): void {
  enqueue(app, snapshotByHand([subvolume]), () => `Snapshot of ${subvolume} is being made`);
}

/**
 * `snapshots` were frozen when the user was asked; the driver looks again and deletes only these very ones.
 * `allowLastBase`: they saw that it leaves nothing in common with a target.
 */
export function deleteSnapshots(
  app: App,
  subvolume: string,
  snapshots: readonly Pick<Snapshot, 'name' | 'uuid'>[],
  allowLastBase = false,
): void {
  const frozen = snapshots.map(({ name, uuid }) => ({ name, uuid }));
  const what = frozen.length === 1 ? 'One snapshot is' : `${frozen.length} snapshots are`;
  const about = { subvolume, server: null, snapshots: frozen };
  const request = { kind: 'delete', ...about, ...(allowLastBase ? { allowLastBase } : {}) } as const;
  enqueue(app, request, () => `${what} being deleted from ${subvolume}`);
}

/** `only` was frozen when the user was asked; the driver looks and plans again, and deletes at most these. */
export function cleanUpSnapshots(
  app: App,
  subvolume: string,
  rules: RetentionRules,
  only: readonly ChosenSnapshot[],
): void {
  const request = { kind: 'cleanup', subvolume, server: null, mount: null, into: null, rules, only } as const;
  enqueue(app, request, () => `${subvolume} is being cleaned up: at most ${only.length} go`);
}

/** Replicas that were once seen whole; null: the journal cannot be read. */
export const rememberedReplicas = (app: App, subvolume: string): readonly RememberedReplica[] | null =>
  readJournal(app, () => app.deps.fleet.journal.replicasOf(subvolume));

/** Which run at work uses a snapshot on that filesystem; the engine asks again. */
export function usersOn(app: App, filesystem: string): (snapshot: Snapshot) => number | null {
  const pinnedBy = pinnedAmong(readJournal(app, () => app.deps.fleet.journal.pinned()) ?? []);
  return (snapshot) => pinnedBy({ filesystem, origin: bornIdOfSnapshot(snapshot) })?.run ?? null;
}

export async function hold(app: App, subvolume: string, name: string, note: string | null): Promise<void> {
  tell(app, 'info', `${name} is being held …`);
  if (!(await holdAgain(app, { subvolume, name, note }))) return;
  const undo = () => releaseAgain(app, subvolume, name) !== null;
  did(app, { said: `${name} is held`, what: `holding ${name}`, undo });
}

/** It asks first where clean-up may delete it then. */
export function askRelease(app: App, subvolume: string, name: string): void {
  const loss = lossLines(app, [{ kind: 'release', subvolume, name }]);
  askAboutLoss(app, `Release ${name}?`, loss, () => release(app, subvolume, name));
}

function release(app: App, subvolume: string, name: string): void {
  const released = releaseAgain(app, subvolume, name);
  if (released === null) return;
  const undo = async () => (await holdAgain(app, { subvolume, name, note: released.note })) !== null;
  did(app, { said: `${name} is released`, what: `releasing ${name}`, undo });
}

/** Without a word unless it fails: as what was done before is taken back. */
const holdAgain = async (app: App, wanted: Parameters<typeof holdSnapshot>[1]): Promise<Hold | null> =>
  orTold(app, await holdSnapshot(app.deps.fleet, wanted));

const releaseAgain = (app: App, subvolume: string, name: string): Hold | null =>
  orTold(app, releaseSnapshot(app.deps.fleet, { subvolume, name }));

function orTold(app: App, result: Result<Hold>): Hold | null {
  if (!result.ok) tell(app, 'bad', `${result.fault.message} ${result.fault.hint}`);
  readConfig(app);
  return result.ok ? result.value : null;
}

/** Milliseconds the cursor must rest: passing over a thousand rows must not have a thousand snapshots counted. */
const REST = 300;

/** Counting on one server: one snapshot at a time, and after it the one that is looked at by then. */
interface Counting {
  wanted: Snapshot | null;
  busy: boolean;
  timer: NodeJS.Timeout | null;
}

const countings = new WeakMap<App, Map<string, Counting>>();

/** Counts the content of the snapshot that is looked at, once; it is read-only, so it never changes. */
export function measure(app: App, server: string, snapshot: Snapshot): void {
  const all = countings.get(app) ?? new Map<string, Counting>();
  countings.set(app, all);
  const counting = all.get(server) ?? { wanted: null, busy: false, timer: null };
  all.set(server, counting);
  const known = app.store.getState().sizes[snapshot.uuid] !== undefined || !snapshot.readOnly;
  if (!known && counting.wanted?.uuid === snapshot.uuid) return;
  counting.wanted = known ? null : snapshot;
  if (counting.timer !== null) clearTimeout(counting.timer);
  counting.timer = known ? null : setTimeout(() => void countNext(app, server, counting), REST).unref();
}

async function countNext(app: App, server: string, counting: Counting): Promise<void> {
  const { wanted } = counting;
  if (counting.busy || wanted === null) return;
  counting.busy = true;
  const bytes = await snapshotSize(app.deps.fleet, server, wanted.path);
  counting.busy = false;
  if (bytes.ok) app.store.setState((state) => ({ sizes: { ...state.sizes, [wanted.uuid]: bytes.value } }));
  if (counting.wanted?.uuid !== wanted.uuid) await countNext(app, server, counting);
  else counting.wanted = null;
}
