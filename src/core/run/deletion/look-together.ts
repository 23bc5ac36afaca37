/**
 * Looks at a few snapshots of one directory right before they are deleted, and right after. It decides only what is
 * there; what that means for a deletion is decided in delete-together.
 */

import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { type Beside, besideCommand, parseBeside, parseUuids } from '../../btrfs/looks/beside.ts';
import { parseShowEach, type Shown, showEachCommand } from '../../btrfs/looks/show-each.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { parseShow, type ShownSubvolume } from '../../btrfs/read/show.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { baseName, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import type { DriverContext } from '../ground/driver.ts';

/** From so many on it is less work for the server to list all that is on the filesystem than to show each. */
const WORTH_A_LIST = 4;
/** Seconds for the look before, and for the one after. */
const LOOK_SECONDS = 60;
/** Of all lists: a look at a server reads as many. */
const LIST_BYTES = 64 * 1024 * 1024;

export interface Chosen {
  readonly name: string;
  /** Null: the one that was chosen is not there any more. */
  readonly snapshot: Snapshot | null;
  /** Uuid of the filesystem it lies on, if it is known. */
  readonly filesystem: string | null;
}

export type There = Chosen & { readonly snapshot: Snapshot };

/** How a look at one ends that is not there: nothing lies at its path, or another one. */
export const ABSENT: ReadonlySet<Fault['code']> = new Set(['no-such-subvolume', 'no-such-snapshot']);

/** How it ends where the disk hangs or the line is cut: each of the others would take its time, too. */
export const NOT_ANSWERING: ReadonlySet<Fault['code']> = new Set(['stalled', 'unreachable']);

type Seen = Pick<ShownSubvolume, 'uuid' | 'readOnly'>;
export type Looked = Result<ReadonlyMap<Chosen, Result<Seen>>>;

export interface LookedBefore {
  readonly looked: Looked;
  /** All that lies in their directory; empty where it was not listed. */
  readonly beside: ReadonlyMap<string, Beside>;
}

/** Together, and whatever that leaves in doubt by itself. */
export async function lookBefore(
  host: Host,
  asked: readonly There[],
  context: DriverContext,
): Promise<LookedBefore> {
  const [first] = asked;
  const none = new Map<string, Beside>();
  if (!first || asked.length < WORTH_A_LIST)
    return { looked: await lookAtEach(host, asked, context), beside: none };
  const name = baseName(first.snapshot.path);
  const said = await list(host, { like: first, first: name }, context);
  // A list that takes too long says nothing of a look at these alone.
  if (!said.ok && said.fault.code === 'unreachable') return { looked: said, beside: none };
  const beside = said.ok ? parseBeside(said.value.nonce, said.value.stdout, name) : none;
  const sure = new Map<Chosen, Result<Seen>>();
  for (const one of asked) {
    const seen = beside.get(baseName(one.snapshot.path));
    if (seen && seen.uuid === one.snapshot.uuid) sure.set(one, ok(seen));
  }
  return { looked: await withShown(host, asked, sure, context), beside };
}

async function withShown(
  host: Host,
  asked: readonly There[],
  sure: ReadonlyMap<Chosen, Result<Seen>>,
  context: DriverContext,
): Promise<Looked> {
  const doubtful = asked.filter((one) => !sure.has(one));
  const shown = await lookAtEach(host, doubtful, context);
  return shown.ok ? ok(new Map([...sure, ...shown.value])) : shown;
}

/** `like`: one of those in the directory; `first`: what is shown beside the list. */
async function list(
  host: Host,
  { like, first }: { readonly like: There; readonly first: string | null },
  { fleet }: DriverContext,
): Promise<Result<{ readonly nonce: string; readonly stdout: string }>> {
  const nonce = fleet.nonce();
  const directory = parentDirectory(like.snapshot.path);
  const command = besideCommand({ sudo: host.facts.sudo, directory, first });
  const said = await host.run(command, {
    input: nonceInput(nonce),
    timeoutSeconds: LOOK_SECONDS,
    mostBytes: LIST_BYTES,
  });
  return said.ok ? ok({ nonce, stdout: said.value.stdout }) : said;
}

async function lookAtEach(host: Host, chosen: readonly There[], { fleet }: DriverContext): Promise<Looked> {
  if (chosen.length === 0) return ok(new Map());
  const nonce = fleet.nonce();
  const paths = chosen.map(({ snapshot }) => snapshot.path);
  const command = showEachCommand({ sudo: host.facts.sudo, paths });
  const said = await host.run(command, { input: nonceInput(nonce), timeoutSeconds: LOOK_SECONDS });
  if (!said.ok) return said;
  const shown = parseShowEach(nonce, paths.length, said.value.stdout);
  return ok(
    new Map(chosen.map((one, index) => [one, readShown(host, one, shown[index] ?? null, said.value)])),
  );
}

function readShown(
  host: Host,
  { snapshot: { path } }: There,
  shown: Shown | null,
  whole: { readonly code: number | null; readonly stderr: string },
): Result<ShownSubvolume> {
  if (shown?.code === 0) return parseShow(shown.stdout);
  const { code, stderr } = shown ?? whole;
  const { server, facts } = host;
  return failed(
    classify({ command: 'show', code, stderr, server: server.name, subject: path, sudoers: facts.sudoers }),
  );
}

/**
 * `gone`: their uuids are nowhere on the filesystem any more. That it is the same one is known by what else lay in the
 * directory and still is there; without that, and where anything else is in doubt, each is looked at by its path.
 */
export async function lookAfter(
  host: Host,
  going: readonly There[],
  beside: LookedBefore['beside'],
  context: DriverContext,
): Promise<{ readonly looked: Looked; readonly gone: ReadonlySet<Chosen> }> {
  const uuids = new Set(going.map(({ snapshot }) => snapshot.uuid));
  const others = [...beside.values()].filter(({ uuid }) => !uuids.has(uuid));
  const gone = new Set<Chosen>();
  const [like] = going;
  if (like && others.length > 0) {
    const said = await list(host, { like, first: null }, context);
    if (!said.ok && said.fault.code === 'unreachable') return { looked: said, gone };
    const listed = said.ok ? parseUuids(said.value.nonce, said.value.stdout) : null;
    if (listed && others.some(({ id, uuid }) => listed.own.get(id) === uuid))
      for (const one of going) if (!listed.anywhere.has(one.snapshot.uuid)) gone.add(one);
  }
  const left = going.filter((one) => !gone.has(one));
  return { looked: await lookAtEach(host, left, context), gone };
}
