/** Finds which files were written since the content of replicas there was last compared: these are compared first. */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { changedContent } from '../../btrfs/diff/changes.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { Subvolume } from '../../model/inventory.ts';
import type { VerifiedPart } from '../../model/runs/verification.ts';
import { baseOfNews } from '../../plan/verify/base-of-news.ts';
import { lineSince } from '../../plan/verify/line.ts';
import { type ReadOptions, readStream } from '../diff/read-stream.ts';
import type { Side } from './side.ts';

export interface Written {
  /** Paths are bytes, one character for each. Empty where all files are compared anyway, and where it is not known. */
  readonly written: ReadonlySet<string>;
  /** It has all that was written on the source since then. */
  readonly isComplete: boolean;
  /** The same of the replica: it was not sent in full since. */
  readonly isKnown: boolean;
  /** All there is new: it was sent in full since. */
  readonly isAnew: boolean;
  /** Uuid of the one sent in full that it was made on; null: that is gone. */
  readonly full: string | null;
}

/** `share` null: all files are compared. `last`: the part that was tried last; null: none was. */
export async function writtenSince(
  share: number | null,
  last: VerifiedPart | null,
  { source, replica }: { readonly source: Side; readonly replica: Side },
  options: ReadOptions,
): Promise<Written> {
  const { line, full } = lineSince(replica.listing, replica.entry, last);
  const none = { written: new Set<string>(), isComplete: false, isKnown: false, isAnew: false, full };
  if (last === null) return none;
  if (line === 'anew') return { ...none, isAnew: true };
  const isKnown = line === 'same';
  if (share === null || last.source === source.entry.uuid) return { ...none, isComplete: true, isKnown };
  const base = baseOfNews(source.listing, source.entry, last);
  const written = base && (await writtenBetween(source, base, options));
  return written ? { ...none, written, isComplete: true, isKnown } : none;
}

async function writtenBetween(
  { host, path }: Side,
  { absolutePath: base }: Subvolume,
  options: ReadOptions,
): Promise<ReadonlySet<string> | null> {
  const send = estimateCommand({ snapshot: path, base, compress: false });
  const name = host.server.name;
  const read = await readStream(
    host,
    send,
    ({ code, stderr }) => classify({ command: 'send', code, stderr, subject: path, server: name }),
    options,
  );
  return read.ok ? changedContent(read.value.folded) : null;
}
