/** Finds which files were written since the content of a replica there was last compared: these are compared first. */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { changedContent } from '../../btrfs/diff/changes.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { VerifyPair } from '../../model/runs/verify.ts';
import { wasSentInFullSince } from '../../plan/verify/line.ts';
import { type ReadOptions, readStream } from '../diff/read-stream.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { Side } from './side.ts';

export interface Written {
  /** Paths are bytes, one character for each. Empty where all files are compared anyway, and where it is not known. */
  readonly written: ReadonlySet<string>;
  readonly isKnown: boolean;
  /** All there is new: it was sent in full since. */
  readonly isAnew: boolean;
}

const NOT_KNOWN: Written = { written: new Set(), isKnown: false, isAnew: false };

export async function writtenSince(
  { journal }: Fleet,
  { subvolume, share }: RequestOf<'verify'>,
  { server, filesystem, source: uuid }: VerifyPair,
  { source, replica }: { readonly source: Side; readonly replica: Side },
  options: ReadOptions,
): Promise<Written> {
  if (share === null) return { ...NOT_KNOWN, isKnown: true };
  const last = journal
    .verificationsOf(subvolume)
    .find((one) => one.server === server && one.filesystem === filesystem && one.level === 'content');
  if (!last) return NOT_KNOWN;
  if (wasSentInFullSince(replica.listing, replica.entry, last.replica)) return { ...NOT_KNOWN, isAnew: true };
  // What found a difference says nothing of what is the same.
  if (last.differences > 0) return NOT_KNOWN;
  if (last.source === uuid) return { ...NOT_KNOWN, isKnown: true };
  const base = source.listing.find((one) => one.uuid === last.source && one.readOnly);
  if (!base?.absolutePath) return NOT_KNOWN;
  const { host, path } = source;
  const send = estimateCommand({ snapshot: path, base: base.absolutePath, compress: false });
  const name = host.server.name;
  const read = await readStream(
    host,
    send,
    ({ code, stderr }) => classify({ command: 'send', code, stderr, subject: path, server: name }),
    options,
  );
  const written = read.ok ? changedContent(read.value.folded) : null;
  return written ? { written, isKnown: true, isAnew: false } : NOT_KNOWN;
}
