/**
 * Deletes a few snapshots of one server in one go: each is looked at once more right before, and it counts as deleted
 * only when a look afterwards does not find it. What was not deleted is tried by itself, which tells why.
 */

import { deleteSubvolumeCommand } from '../../btrfs/ask/commands.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { Host } from '../../hosts/port/host.ts';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { DeletedSnapshot } from '../../model/runs/deletion.ts';
import { parentDirectory } from '../../model/snapshot.ts';
import { whyKept } from '../../plan/retention/why-kept.ts';
import type { DriverContext } from '../ground/driver.ts';
import {
  ABSENT,
  type Chosen,
  type Looked,
  type LookedBefore,
  lookAfter,
  lookBefore,
  NOT_ANSWERING,
  type There,
} from './look-together.ts';

/** So few that what was looked at is deleted within a moment, and that who waits for one of them waits no longer. */
export const AT_ONCE = 32;
/** Characters of all paths together: a command line has its limit, and quoting makes it longer. */
const PATHS = 16_000;
/** Seconds for one deletion, and for each more: a commit of a slow disk takes several. */
const DELETE_SECONDS = 120;
const MORE_SECONDS = 5;

/** In their order, each as large as what is deleted in one go, and of one directory. */
export function batchesOf<T>(all: readonly T[], pathOf: (one: T) => string): T[][] {
  const batches: T[][] = [];
  let length = 0;
  for (const one of all) {
    length += pathOf(one).length;
    const last = batches.at(-1);
    const [first] = last ?? [];
    const isBeside = first !== undefined && parentDirectory(pathOf(first)) === parentDirectory(pathOf(one));
    if (last && isBeside && last.length < AT_ONCE && length <= PATHS) last.push(one);
    else {
      batches.push([one]);
      length = pathOf(one).length;
    }
  }
  return batches;
}

export interface Deleting {
  /** Nobody chose these very ones, so what was made writable meanwhile stays as well. */
  readonly automatic: boolean;
  /** Asked right before they go: why they may not. Default: nothing speaks against it. */
  readonly whyStopped?: () => Fault | null;
}

/** The results, in the order of `chosen`. */
export async function deleteTogether(
  host: Host,
  chosen: readonly Chosen[],
  context: DriverContext,
  how: Deleting,
): Promise<DeletedSnapshot[]> {
  const refused = new Map(chosen.map((one) => [one, whyNot(one, host, context)]));
  const asked = chosen.filter((one): one is There => one.snapshot !== null && refused.get(one) === null);
  const { looked: before, beside } = await lookBefore(host, asked, context);
  // The look may have taken a while: what was held or cancelled meanwhile stays.
  for (const one of asked)
    refused.set(one, whyNot(one, host, context) ?? whyNotIt(before, one, host, how.automatic));
  const going = asked.filter((one) => refused.get(one) === null);
  const ends = await deleteAll(host, going, context, { ...how, beside });
  return chosen.map((one): DeletedSnapshot => {
    const path = one.snapshot?.path ?? '';
    const why = refused.get(one) ?? ends.get(one) ?? null;
    return { name: one.name, path, status: why === null ? 'deleted' : 'failed', fault: why };
  });
}

/** Null: as far as this machine knows, it may go. Read again at the last moment: it may have been held since. */
function whyNot({ name, snapshot }: Chosen, host: Host, { fleet, signal }: DriverContext): Fault | null {
  const server = host.server.name;
  if (!snapshot) return gone(name, server);
  if (signal.aborted) return cancelled(server);
  const config = fleet.config.read();
  return config.ok ? whyKept(snapshot, server, config.value.config.holds) : config.fault;
}

/** Deleting goes by path: what lies there must still be the very one that was meant. */
function whyNotIt(looked: Looked, one: There, host: Host, automatic: boolean): Fault | null {
  if (!looked.ok) return looked.fault;
  const found = looked.value.get(one);
  if (!found) throw new Error(`the look forgot ${one.snapshot.path}`);
  if (!found.ok) return found.fault;
  const server = host.server.name;
  if (found.value.uuid !== one.snapshot.uuid) return gone(one.name, server);
  return automatic && !found.value.readOnly ? madeWritable(one.snapshot.path, server) : null;
}

/** Why each of them is not deleted; null: it is gone. */
async function deleteAll(
  host: Host,
  going: readonly There[],
  context: DriverContext,
  { beside, ...how }: Deleting & Pick<LookedBefore, 'beside'>,
): Promise<ReadonlyMap<Chosen, Fault | null>> {
  const ends = new Map<Chosen, Fault | null>();
  if (going.length === 0) return ends;
  const stopped = how.whyStopped?.();
  if (stopped) return new Map(going.map((one) => [one, stopped]));
  const paths = going.map(({ snapshot }) => snapshot.path);
  const said = await host.run(deleteSubvolumeCommand(host.facts.sudo, ...paths), {
    timeoutSeconds: DELETE_SECONDS + MORE_SECONDS * (going.length - 1),
  });
  if (!said.ok && said.fault.code !== 'stalled') return new Map(going.map((one) => [one, said.fault]));
  const { looked: after, gone: isGone } = await lookAfter(host, going, beside, context);
  let hangs = said.ok ? null : said.fault;
  for (const one of going) {
    const why = isGone.has(one) ? null : whatBecame(after, one, said.ok && said.value.code === 0);
    if (why === null)
      context.fleet.journal.forgetReplica(host.server.name, one.snapshot.path, one.filesystem);
    if (why !== 'left') ends.set(one, why);
    else if (hangs) ends.set(one, hangs);
    else if (said.ok && going.length === 1) ends.set(one, refusal(host, one, said.value));
    else {
      const [alone] = await deleteTogether(host, [one], context, how);
      ends.set(one, alone?.fault ?? null);
      hangs = alone?.fault && NOT_ANSWERING.has(alone.fault.code) ? alone.fault : null;
    }
  }
  return ends;
}

/**
 * Null: it is gone. That nothing is found at its path says so only where btrfs said that all went well, or where others are
 * found beside it: else the disk may have gone. A fault: nobody can say.
 */
function whatBecame(after: Looked, one: There, wentWell: boolean): Fault | null | 'left' {
  if (!after.ok) return after.fault;
  const found = after.value.get(one);
  const isProven = wentWell || [...after.value.values()].some(({ ok: isThere }) => isThere);
  if (found?.ok) return found.value.uuid !== one.snapshot.uuid && wentWell ? null : 'left';
  const why = found?.fault ?? null;
  const isAbsent = why === null || ABSENT.has(why.code);
  if (!isAbsent) return why;
  return isProven ? null : 'left';
}

function refusal(
  { server, facts }: Host,
  { snapshot: { path } }: There,
  said: { readonly code: number | null; readonly stderr: string },
): Fault {
  if (said.code === 0) return stillThere(path, server.name);
  return classify({
    command: 'delete',
    ...said,
    server: server.name,
    subject: path,
    sudoers: facts.sudoers,
  });
}

const stillThere = (path: string, server: string): Fault =>
  fault(
    'command-failed',
    `btrfs on ${server} said that it deleted ${path}, and it is still there.`,
    `Look at it there: btrfs subvolume show ${quoteWord(path)}`,
    { server },
  );

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
