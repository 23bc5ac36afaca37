/** Finds which files were written since the content of replicas there was last compared: these are compared first. */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { changedContent } from '../../btrfs/diff/changes.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { VerifiedPart } from '../../model/runs/verification.ts';
import { wasSentInFullSince } from '../../plan/verify/line.ts';
import { type ReadOptions, readStream } from '../diff/read-stream.ts';
import type { Side } from './side.ts';

export interface Written {
  /** Paths are bytes, one character for each. Empty where all files are compared anyway, and where it is not known. */
  readonly written: ReadonlySet<string>;
  readonly isKnown: boolean;
  /** All there is new: it was sent in full since. */
  readonly isAnew: boolean;
}

const NOT_KNOWN: Written = { written: new Set(), isKnown: false, isAnew: false };

/** `share` null: all files are compared. `last`: the part that was compared last; null: none was. */
export async function writtenSince(
  share: number | null,
  last: VerifiedPart | null,
  { source, replica }: { readonly source: Side; readonly replica: Side },
  options: ReadOptions,
): Promise<Written> {
  if (last === null) return NOT_KNOWN;
  if (wasSentInFullSince(replica.listing, replica.entry, last.replica)) return { ...NOT_KNOWN, isAnew: true };
  if (share === null || last.source === source.entry.uuid) return { ...NOT_KNOWN, isKnown: true };
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
