/**
 * The delete driver: removes named snapshots of one subvolume, each by its exact path, and only if it is still the
 * one that was meant (by uuid), made by btrfleet, and not held.
 */
import { classify } from '../btrfs/classify.ts';
import { deleteSubvolumeCommand, showCommand } from '../btrfs/commands.ts';
import { parseShow } from '../btrfs/parse-show.ts';
import type { Host } from '../hosts/host.ts';
import { type Fault, fault } from '../model/fault.ts';
import type { DeletedSnapshot, RunRequest } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { whyKept } from '../plan/why-kept.ts';
import type { Driver, DriverContext } from './driver.ts';
import { planDeletion } from './plan-deletion.ts';

type DeleteRequest = Extract<RunRequest, { kind: 'delete' }>;

export const deleteSnapshots: Driver<DeleteRequest> = async (request, context) => {
  const planned = await planDeletion(context.fleet, request, context.signal);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const { host, filesystemOf, rows } = planned.value;
  const results: DeletedSnapshot[] = [];
  for (const { name, snapshot, fault: why, isLast } of rows) {
    // The other reasons are looked at once more.
    if (snapshot && why && isLast) results.push(failedToDelete(name, snapshot.path, why));
    else {
      const filesystem = snapshot && filesystemOf(snapshot);
      results.push(await deleteSnapshot(host, name, snapshot, context, { filesystem }));
    }
  }
  return { kind: 'delete', subvolume: request.subvolume, server: host.server.name, results };
};

/**
 * Deletes one after every check. Null: the one that was chosen is not there any more. `automatic`: nobody chose this
 * very one, so what was made writable meanwhile stays as well. `filesystem`: uuid of the one it lies on, if it is known.
 */
export async function deleteSnapshot(
  host: Host,
  name: string,
  snapshot: Snapshot | null,
  context: DriverContext,
  { filesystem, automatic = false }: { readonly filesystem: string | null; readonly automatic?: boolean },
): Promise<DeletedSnapshot> {
  const server = host.server.name;
  if (!snapshot) return failedToDelete(name, '', gone(name, server));
  const refused = context.signal.aborted ? cancelled(server) : whyKeptNow(snapshot, server, context);
  if (refused) return failedToDelete(name, snapshot.path, refused);
  const changed = await whyNotIt(host, snapshot, automatic);
  if (changed) return failedToDelete(name, snapshot.path, changed);
  const deleted = await host.run(deleteSubvolumeCommand(snapshot.path));
  if (!deleted.ok) return failedToDelete(name, snapshot.path, deleted.fault);
  if (deleted.value.code !== 0) {
    const why = classify({
      command: 'delete',
      ...deleted.value,
      server,
      subject: snapshot.path,
      sudoers: host.facts.sudoers,
    });
    return failedToDelete(name, snapshot.path, why);
  }
  context.fleet.journal.forgetReplica(server, snapshot.path, filesystem);
  return { name, path: snapshot.path, status: 'deleted', fault: null };
}

/** Deleting goes by path, so what lies there is looked at once more: it must still be the very one that was meant. */
async function whyNotIt(
  host: Host,
  { name, path, uuid }: Snapshot,
  automatic: boolean,
): Promise<Fault | null> {
  const server = host.server.name;
  const shown = await host.run(showCommand(path));
  if (!shown.ok) return shown.fault;
  if (shown.value.code !== 0)
    return classify({ command: 'show', ...shown.value, server, subject: path, sudoers: host.facts.sudoers });
  const found = parseShow(shown.value.stdout);
  if (!found.ok) return found.fault;
  if (found.value.uuid !== uuid) return gone(name, server);
  return automatic && !found.value.readOnly ? madeWritable(path, server) : null;
}

/** Read again at the last moment: it may have been held since somebody chose it. */
function whyKeptNow(snapshot: Snapshot, server: string, { fleet }: DriverContext): Fault | null {
  const config = fleet.config.read();
  return config.ok ? whyKept(snapshot, server, config.value.config.holds) : config.fault;
}

const failedToDelete = (name: string, path: string, why: Fault): DeletedSnapshot => ({
  name,
  path,
  status: 'failed',
  fault: why,
});

const gone = (name: string, server: string): Fault =>
  fault(
    'no-such-snapshot',
    `The snapshot ${name} that was chosen is not on ${server} any more.`,
    'It may have been deleted meanwhile; list the snapshots again.',
    { server },
  );

const madeWritable = (path: string, server: string): Fault =>
  fault(
    'refused',
    `${path} on ${server} was made writable meanwhile, so it may hold what is nowhere else.`,
    'Look at it, then delete it by name if it shall go.',
    { server },
  );

const cancelled = (server: string): Fault =>
  fault('cancelled', 'Cancelled before it was deleted.', 'It is still there.', { server });
