/** Opens one side of a comparison, and reads what there is of its files. */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { treeFacts } from '../../btrfs/verify/tree-facts.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf, type Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { TreeFacts } from '../../model/runs/file-facts.ts';
import { type ReadOptions, readStream } from '../diff/read-stream.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';

export interface Side {
  readonly host: Host;
  /** Uuid of its filesystem, and what is on that. */
  readonly filesystem: string;
  readonly listing: readonly Subvolume[];
  readonly entry: Subvolume;
  /** Absolute. */
  readonly path: string;
  /** The journal's count before it was looked at. */
  readonly moves: number;
}

export interface WantedSide {
  readonly server: string;
  /** Uuid; null: whichever it lies on. */
  readonly filesystem: string | null;
  readonly uuid: string;
}

/** By its uuid, as it is now. Faults: no-such-snapshot, not-mounted, and those of a look. */
export async function openSide(fleet: Fleet, wanted: WantedSide, signal: AbortSignal): Promise<Result<Side>> {
  const { server, uuid } = wanted;
  const looked = await lookAt(fleet, server, signal, THOROUGH);
  if (!looked.ok) return looked;
  const { host, inventory, moves } = looked.value;
  let unlisted: Fault | null = null;
  for (const { listing, uuid: filesystem } of inventory.filesystems) {
    if (wanted.filesystem !== null && wanted.filesystem !== filesystem) continue;
    if (!listing.ok) {
      // It may lie on one of the others.
      unlisted ??= listing.fault;
      continue;
    }
    const entry = listing.value.find((one) => one.uuid === uuid && one.readOnly);
    if (!entry) continue;
    const { absolutePath: path } = entry;
    if (path === null) return failed(unreached(server, entry.path));
    return ok({ host, filesystem, listing: listing.value, entry, path, moves });
  }
  return failed(unlisted ?? isGone(server, uuid));
}

/** Of every file and directory of it. */
export async function factsOf({ host, entry, path }: Side, options: ReadOptions): Promise<Result<TreeFacts>> {
  const server = host.server.name;
  const send = estimateCommand({ snapshot: path, base: null, compress: false });
  const failure = ({ code, stderr }: { readonly code: number | null; readonly stderr: string }): Fault =>
    classify({ command: 'send', code, stderr, subject: path, server, sudoers: host.facts.sudoers });
  const read = await readStream(host, send, failure, options);
  if (!read.ok) return read;
  if (read.value.folded.uuid !== bornIdOf(entry)) return failed(isGone(server, path));
  const facts = treeFacts(read.value.folded);
  return 'why' in facts ? failed(isUntrue(server, facts.why)) : ok(facts);
}

const unreached = (server: string, path: string): Fault =>
  fault(
    'not-mounted',
    `${path} on ${server} is reached by no mount, so nothing in it can be read.`,
    'Mount the top level of that filesystem there (subvolid=5).',
    { server },
  );

const isGone = (server: string, what: string): Fault =>
  fault(
    'no-such-snapshot',
    `${what} on ${server} is not there any more, or is another snapshot than it was.`,
    'Choose again.',
    { server, retry: true },
  );

const isUntrue = (server: string, why: string): Fault =>
  fault('send-failed', `What "btrfs send" on ${server} said cannot be followed: ${why}.`, 'Try again.', {
    server,
  });
