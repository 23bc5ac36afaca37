/** Reads the beginning of one file of a snapshot, and no more of it. It follows no link and changes nothing. */
import { parsePreview, previewCommand } from '../../btrfs/ask/preview-script.ts';
import { readOutput, wholeText } from '../../hosts/port/bounded-output.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bytesOfName } from '../../model/file-name.ts';
import { type FileEntry, type FilePreview, PREVIEW_BYTES } from '../../model/files.ts';
import { harmless } from '../../model/harmless.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { previewOf } from '../../plan/files/preview.ts';
import { obstacleOf, treeFault, unsendable } from '../../plan/files/tree-fault.ts';
import type { LocatedTree } from './locate.ts';

const SILENCE = { of: 'silence', seconds: 20 } as const;
/** The line before it comes in addition. */
const BOUND = { bytes: PREVIEW_BYTES + 1024, lines: false };

/** Faults: no-such-file, not-readable, unsafe-path, listing-failed (it could not be read to its end), and those of the server. */
export async function previewFile(
  { host, path: root }: Pick<LocatedTree, 'host' | 'path'>,
  { path, sizeBytes }: Pick<FileEntry, 'path' | 'sizeBytes'>,
  signal: AbortSignal,
): Promise<Result<FilePreview>> {
  const inside = bytesOfName(path);
  if (inside === null) return failed(unsendable(path));
  const stream = await host.stream(previewCommand(root, inside, PREVIEW_BYTES), { limit: SILENCE, signal });
  if (!stream.ok) return stream;
  stream.value.stdin.end();
  const { name: server } = host.server;
  const output = wholeText();
  const end = await readOutput(stream.value, { server, label: 'reading a file', bound: BOUND }, output.add);
  if (!end.ok) return end;
  const said = parsePreview(output.bytes());
  if (said.kind === 'stopped') {
    const names = said.depth === null ? [] : path.split('/').slice(0, said.depth + 1);
    return failed(treeFault({ server, root }, obstacleOf(said.why), names.join('/')));
  }
  const isCut = said.kind === 'unknown' || said.bytes.length < Math.min(sizeBytes, PREVIEW_BYTES);
  return isCut ? failed(unread(server, path)) : ok(previewOf(said.bytes, sizeBytes));
}

const unread = (server: string, path: string): Fault =>
  fault(
    'listing-failed',
    `${harmless(path)} on ${server} could not be read.`,
    `Try again. If it stays so, look at "dmesg" on ${server}: its disk may have errors.`,
    { server, retry: true },
  );
