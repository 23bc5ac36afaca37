/** Looks at one path in all trees of a server, in one command. */
import { hashCommand, treesInput, versionsCommand } from '../../btrfs/ask/versions-script.ts';
import { parseHashes, parseSightings, type Sighting } from '../../btrfs/read/sightings.ts';
import { MIB, readOutput, wholeText } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { SeenTree } from '../../model/file-versions.ts';
import { harmless } from '../../model/harmless.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { joinPath } from '../../model/snapshot.ts';
import { noStat, obstacleOf, treeFault } from '../../plan/files/tree-fault.ts';
import type { Seen } from '../../plan/files/versions.ts';

export interface Sights {
  readonly seen: readonly Seen[];
  /** Trees in which nothing is at that path. */
  readonly absent: readonly SeenTree[];
  /** Where it is not known, each with why: what could not be read, links in the way, subvolumes inside. */
  readonly unknown: readonly { readonly tree: SeenTree; readonly fault: Fault }[];
}

/** Where a path is looked for: its text, and its bytes. */
export interface FilePath {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const SECONDS = 60;

/** Faults: those of the connection, stalled, tool-missing, listing-failed (it was cut off). */
export async function sight(
  host: Host,
  trees: readonly SeenTree[],
  path: FilePath,
  signal: AbortSignal,
): Promise<Result<Sights>> {
  if (trees.length === 0) return ok({ seen: [], absent: [], unknown: [] });
  const limit = { of: 'whole', seconds: SECONDS } as const;
  const stream = await host.stream(versionsCommand(path.bytes), { limit, signal });
  if (!stream.ok) return stream;
  const output = wholeText();
  const about = {
    server: host.server.name,
    label: 'looking at files',
    bound: { bytes: 64 * MIB, lines: true },
  };
  const end = readOutput(stream.value, about, output.add);
  stream.value.stdin.end(treesInput(trees));
  const ended = await end;
  if (!ended.ok) return ended;
  const told = parseSightings(
    output.bytes(),
    trees.map((tree) => pathIn(tree, path)),
  );
  if (told.lacksStat) return failed(noStat(host.server.name));
  if (told.odd === null) return failed(cutOff(host.server.name, stream.value.stderr()));
  const sights = trees.map((tree, number) => judge(tree, path, told.seen.get(number)));
  const isDoubtful = told.odd > 0;
  return ok({
    seen: sights.flatMap((one) => ('stat' in one ? [one] : [])),
    absent: isDoubtful ? [] : sights.flatMap((one) => ('absent' in one ? [one.absent] : [])),
    unknown: sights.flatMap((one) => {
      if ('fault' in one) return [one];
      return 'absent' in one && isDoubtful ? [{ tree: one.absent, fault: unsure(one.absent, path) }] : [];
    }),
  });
}

const ENCODER = new TextEncoder();

const pathIn = ({ root }: SeenTree, { bytes }: FilePath): Uint8Array =>
  bytes.length === 0
    ? ENCODER.encode(root)
    : Buffer.concat([ENCODER.encode(root === '/' ? '/' : `${root}/`), bytes]);

type Judged = Seen | { readonly absent: SeenTree } | { readonly tree: SeenTree; readonly fault: Fault };

/** BTRFS_EMPTY_SUBVOL_DIR_OBJECTID: what a snapshot has in the place of a subvolume inside. */
const EMPTY_SUBVOLUME = 2;

function judge(tree: SeenTree, path: FilePath, sighting: Sighting | undefined): Judged {
  if (sighting === undefined) return { tree, fault: unsure(tree, path) };
  if (sighting.kind === 'there') {
    const { stat, rootDevice } = sighting;
    const isElsewhere = rootDevice !== null && rootDevice !== stat.device;
    if (!isElsewhere && stat.inode !== EMPTY_SUBVOLUME) return { tree, stat };
    return { tree, fault: treeFault(tree, 'other', path.text) };
  }
  const obstacle = obstacleOf(sighting.why);
  if (!sighting.inRoot && (obstacle === 'gone' || obstacle === 'file')) return { absent: tree };
  const names = sighting.inRoot ? [] : path.text.split('/').slice(0, sighting.depth + 1);
  return { tree, fault: treeFault(tree, obstacle, names.join('/')) };
}

/** Seconds: of all of them together. */
const HASH_SECONDS = 3600;

export interface Digests {
  readonly sha256: ReadonlyMap<Seen, string>;
  /** Why there is none. */
  readonly faults: ReadonlyMap<Seen, Fault>;
}

/** Of a plain file, each in one tree. */
export async function digest(
  host: Host,
  wanted: readonly Seen[],
  path: FilePath,
  signal: AbortSignal,
): Promise<Digests> {
  const limit = { of: 'whole', seconds: HASH_SECONDS } as const;
  const stream = await host.stream(hashCommand(path.bytes), { limit, signal });
  const output = wholeText();
  const about = { server: host.server.name, label: 'sha256sum', bound: { bytes: 16 * MIB, lines: true } };
  const end = stream.ok ? readOutput(stream.value, about, output.add) : stream;
  if (stream.ok) stream.value.stdin.end(treesInput(wanted.map(({ tree }) => tree)));
  const ended = await end;
  // What was told before it broke off is true all the same.
  const told = parseHashes(output.text());
  const sha256 = new Map<Seen, string>();
  const faults = new Map<Seen, Fault>();
  for (const [number, one] of wanted.entries()) {
    const found = told.get(number);
    const obstacle =
      found?.why === 'closed' ? treeFault(one.tree, 'closed', path.text) : unsure(one.tree, path);
    if (found?.sha256) sha256.set(one, found.sha256);
    else faults.set(one, found || ended.ok ? obstacle : ended.fault);
  }
  return { sha256, faults };
}

const unsure = ({ server, root }: SeenTree, { text }: FilePath): Fault =>
  fault(
    'listing-failed',
    `Could not look at ${harmless(joinPath(root, text))} on ${server}.`,
    `Try again. If it stays so, look at that file on ${server}, and at "dmesg" there.`,
    { server, retry: true },
  );

const cutOff = (server: string, stderr: string): Fault => {
  const [first = ''] = stderr.trim().split('\n');
  return fault(
    'listing-failed',
    `Looking at files on ${server} ended before its end${first === '' ? '' : `: ${JSON.stringify(first.slice(0, 200))}`}.`,
    'Try again.',
    { server, retry: true },
  );
};
