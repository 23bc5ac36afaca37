/** Finds which files were written since the content of a replica there was last compared: these are compared first. */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { changedContent } from '../../btrfs/diff/changes.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { VerifyPair } from '../../model/runs/verify.ts';
import { type ReadOptions, readStream } from '../diff/read-stream.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { Side } from './side.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * Paths are bytes, one character for each. Empty where all files are compared anyway, and where nothing tells what is
 * new: then the share alone is.
 */
export async function writtenSince(
  { journal }: Fleet,
  { subvolume, share }: RequestOf<'verify'>,
  { server, filesystem, source: uuid }: VerifyPair,
  { host, listing, path }: Side,
  options: ReadOptions,
): Promise<ReadonlySet<string>> {
  if (share === null) return NONE;
  const last = journal
    .verificationsOf(subvolume)
    .find((one) => one.server === server && one.filesystem === filesystem && one.level === 'content');
  // What found a difference says nothing of what is the same.
  if (!last || last.differences > 0) return NONE;
  const base = listing.find((one) => one.uuid === last.source && one.readOnly && one.uuid !== uuid);
  if (!base?.absolutePath) return NONE;
  const send = estimateCommand({ snapshot: path, base: base.absolutePath, compress: false });
  const name = host.server.name;
  const read = await readStream(
    host,
    send,
    ({ code, stderr }) => classify({ command: 'send', code, stderr, subject: path, server: name }),
    options,
  );
  return (read.ok ? changedContent(read.value.folded) : null) ?? NONE;
}
