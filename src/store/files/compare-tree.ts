/**
 * What is different now in the tree that is looked at. btrfs compares all of a subvolume or nothing, and makes a snapshot
 * of it for that: it is done once, and the difference of each directory is a part of it.
 */
import type { Change, Diff, DirectoryTotals } from '../../core/model/change.ts';
import { isPlainName } from '../../core/model/file-name.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { LIVE } from '../../core/run/diff/choose.ts';
import { diff } from '../../core/run/diff/diff.ts';
import { type App, tell } from '../app.ts';
import type { Browsing } from '../page-state.ts';
import { notCompared } from './not-compared.ts';

interface Compared {
  readonly path: string;
  readonly ended: AbortController;
  readonly found: Promise<Result<Diff>>;
}

const compared = new WeakMap<App, Compared>();

/** Milliseconds. */
const PATIENCE = 120_000;

/** Of the directory at `path` of the snapshot. Whoever does not wait any more leaves it to the next one who asks. */
export async function treeChanges(
  app: App,
  where: Browsing,
  path: string,
): Promise<Result<{ readonly changes: readonly Change[]; readonly sum: DirectoryTotals | null }>> {
  if (app.store.getState().readOnly)
    return notCompared('It needs a snapshot, and this screen changes nothing');
  if (!isPlainName(path)) return notCompared('Its name is no text');
  const found = await (ofSnapshot(app, where.snapshot.path) ?? begin(app, where)).found;
  if (!found.ok) return found;
  const { changes, directories } = found.value;
  return ok({
    changes: changes.filter((one) => isIn(path, one.path) || (one.from !== null && isIn(path, one.from))),
    sum: directories.find((one) => one.path === path) ?? null,
  });
}

const isIn = (directory: string, path: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

function ofSnapshot(app: App, path: string): Compared | null {
  const known = compared.get(app);
  return known?.path === path ? known : null;
}

function begin(app: App, { subvolume, snapshot }: Browsing): Compared {
  forgetTreeChanges(app);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)]);
  const wish = { subvolume, old: snapshot.path, new: LIVE, path: null, server: null };
  const found = diff(app.deps.fleet, wish, signal);
  const begun = { path: snapshot.path, ended, found };
  compared.set(app, begun);
  void found.then((done) => {
    // What failed is tried again when somebody asks again.
    if (!done.ok && compared.get(app) === begun) compared.delete(app);
    if (done.ok && done.value.leftBehind !== null)
      tell(
        app,
        'warn',
        'The snapshot that was made for it could not be deleted; a later comparison deletes it',
      );
  });
  return begun;
}

/** Of what is compared later, more may be different. */
export function forgetTreeChanges(app: App): void {
  compared.get(app)?.ended.abort();
  compared.delete(app);
}
