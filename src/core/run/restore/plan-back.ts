/** Looks at a replica and at the way back from it, and plans a restore of it. It changes nothing. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { BY_HAND, type ReplicationRequest, USUAL_TRANSFER } from '../../model/runs/replication.ts';
import type { RestoreFromReplica, ShownSentBack } from '../../model/runs/restore.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
import { previewReplication } from '../replication/preview.ts';

export interface PlannedBack {
  readonly request: RestoreFromReplica;
  readonly shown: ShownSentBack;
  /** Null: it could not be found out. */
  readonly wireBytes: number | null;
}

/** By its name or its path, as it was chosen before, or by its content. */
export type WantedSnapshot = string | { readonly uuid: string } | { readonly originId: string };

export function isWanted({ name, path, uuid, originId }: Snapshot, wanted: WantedSnapshot): boolean {
  if (typeof wanted === 'string') return name === wanted || path === wanted;
  return 'uuid' in wanted ? uuid === wanted.uuid : originId === wanted.originId;
}

/**
 * The replica that is meant. By its name only one that is proven to be of the subvolume; any other by its path. Faults:
 * no-such-snapshot, refused (several, or not proven), replica-modified, and those of a look.
 */
export async function chooseReplica(
  fleet: Fleet,
  subvolume: string,
  server: string,
  wanted: WantedSnapshot,
  signal: AbortSignal,
): Promise<Result<Snapshot>> {
  const listed = await listSnapshots(fleet, subvolume, server, signal);
  if (!listed.ok) return listed;
  const { snapshots } = listed.value;
  const named = snapshots.filter((one) => isWanted(one, wanted));
  if (typeof wanted !== 'string' || wanted.startsWith('/'))
    return checked(server, named[0], noReplica(server, subvolume, wanted));
  const [first, second] = named.filter(({ state }) => state !== 'foreign');
  if (second) return failed(isAmbiguous(server, named));
  const [foreign] = named;
  const none = foreign ? notProven(server, subvolume, foreign) : noReplica(server, subvolume, wanted);
  return checked(server, first, none);
}

function checked(server: string, one: Snapshot | undefined, none: Fault): Result<Snapshot> {
  if (!one) return failed(none);
  return one.readOnly ? ok(one) : failed(isWritable(server, one));
}

/** What is sent for it. */
export const sendBackOf = (
  subvolume: string,
  primary: string,
  { back, name }: { readonly back: RestoreFromReplica; readonly name: string },
): ReplicationRequest => ({
  ...BY_HAND,
  subvolume,
  targets: [{ server: primary, mount: null }],
  wanted: { mode: 'auto', snapshot: name, all: false },
  options: USUAL_TRANSFER,
  back: { server: back.server, path: back.path },
});

/** Null: it is on the primary already. Faults: why it cannot be sent. */
export async function planSending(
  fleet: Fleet,
  subvolume: string,
  primary: string,
  { server, replica }: { readonly server: string; readonly replica: Snapshot },
  signal: AbortSignal,
): Promise<Result<PlannedBack | null>> {
  const back = { server, path: replica.path, originId: bornIdOfSnapshot(replica) };
  const request = sendBackOf(subvolume, primary, { back, name: replica.name });
  const shown = await previewReplication(fleet, request, signal);
  if (!shown.ok) return shown;
  const [result] = shown.value.results;
  if (result?.status === 'already-there') return ok(null);
  if (result?.status !== 'planned') return failed(result?.fault ?? cannotSend(server, replica));
  const { mode, base } = result;
  return ok({
    request: back,
    shown: { server, path: replica.path, mode, base, isProven: replica.state === 'complete' },
    wireBytes: result.estimatedBytes,
  });
}

const cannotSend = (server: string, { path }: Snapshot): Fault =>
  fault('refused', `${path} on ${server} cannot be sent back.`, 'Choose another snapshot.', { server });

const noReplica = (server: string, subvolume: string, wanted: WantedSnapshot): Fault =>
  fault(
    'no-such-snapshot',
    typeof wanted === 'string'
      ? `${server} has no replica ${wanted} of ${subvolume}.`
      : `The replica of ${subvolume} that was chosen is not on ${server} any more.`,
    `"${command('snapshot', 'list', subvolume, '--server', server)}" shows what there is.`,
    { server },
  );

const notProven = (server: string, subvolume: string, { path }: Snapshot): Fault =>
  fault(
    'refused',
    `Nothing that is left proves that ${path} on ${server} is of ${subvolume}.`,
    'If you know that it is, name it by that path instead of its name.',
    { server },
  );

export const isAmbiguous = (server: string, found: readonly Snapshot[]): Fault =>
  fault(
    'refused',
    `${found.length} snapshots on ${server} bear that name: ${found.map(({ path }) => path).join(', ')}.`,
    'Name the one you mean by its path.',
    { server },
  );

export const isWritable = (server: string, { path }: Snapshot): Fault =>
  fault(
    'replica-modified',
    `${path} on ${server} is writable: what is in it may not be what was in the subvolume.`,
    'Take another snapshot. To use it as it is, look at it there and make a read-only snapshot of it first.',
    { server },
  );
