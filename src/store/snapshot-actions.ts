/** What the screen does with snapshots: it hands the work to the engine, and keeps what can be undone. */
import type { Result } from '../core/model/result.ts';
import type { Hold, Snapshot } from '../core/model/snapshot.ts';
import { holdSnapshot, releaseSnapshot } from '../core/run/hold.ts';
import { snapshotSize } from '../core/run/snapshot-size.ts';
import { type App, tell } from './app.ts';
import { readConfig } from './refresh.ts';

export function createSnapshot(app: App, subvolume: string): void {
  app.deps.queue({ kind: 'snapshot', subvolumes: [subvolume], group: false });
  tell(app, 'info', `Snapshot of ${subvolume} is being made`);
}

/** `snapshots` were frozen when the user was asked; the driver looks again and deletes only these very ones. */
export function deleteSnapshots(
  app: App,
  subvolume: string,
  snapshots: readonly Pick<Snapshot, 'name' | 'uuid'>[],
): void {
  const frozen = snapshots.map(({ name, uuid }) => ({ name, uuid }));
  app.deps.queue({ kind: 'delete', subvolume, server: null, snapshots: frozen });
  tell(
    app,
    'info',
    `${frozen.length === 1 ? 'One snapshot' : `${frozen.length} snapshots`} of ${subvolume} are being deleted`,
  );
}

export async function hold(app: App, subvolume: string, name: string, note: string | null): Promise<void> {
  const held = await holdSnapshot(app.deps.fleet, { subvolume, name, note });
  if (told(app, held, `${name} is held`)) {
    app.undo.push({ what: `holding ${name}`, run: () => release(app, subvolume, name, false) });
  }
}

export function release(app: App, subvolume: string, name: string, undoable = true): void {
  const released = releaseSnapshot(app.deps.fleet, { subvolume, name });
  if (!told(app, released, `${name} is released`) || !undoable || !released.ok) return;
  const { note } = released.value;
  app.undo.push({ what: `releasing ${name}`, run: () => void hold(app, subvolume, name, note) });
}

function told(app: App, result: Result<Hold>, text: string): boolean {
  if (result.ok) tell(app, 'good', `${text}; z to undo`);
  else tell(app, 'bad', `${result.fault.message} ${result.fault.hint}`);
  readConfig(app);
  return result.ok;
}

const asked = new WeakMap<App, Set<string>>();

/** Counts the content of a snapshot once; it is read-only, so it never changes. */
export async function measure(app: App, server: string, snapshot: Snapshot): Promise<void> {
  const known = asked.get(app) ?? new Set();
  asked.set(app, known);
  if (known.has(snapshot.uuid) || !snapshot.readOnly) return;
  known.add(snapshot.uuid);
  const bytes = await snapshotSize(app.deps.fleet, server, snapshot.path);
  if (!bytes.ok) known.delete(snapshot.uuid);
  else app.store.setState((state) => ({ sizes: { ...state.sizes, [snapshot.uuid]: bytes.value } }));
}
