/** Decides how names and files of snapshots are told to programs: no byte of a name is lost. */
import { fault } from '../../core/model/fault.ts';
import { bytesText, nameFromBytes, plainText } from '../../core/model/file-name.ts';
import type { FileEntry } from '../../core/model/files.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';

/** Keys of the document; they stay. */
export const fileRow = ({ name, path, kind, isOther, target, ...stat }: FileEntry) => ({
  ...{ name: plainText(name), path: plainText(path), pathBytes: bytesText(path), type: kind },
  sizeBytes: stat.sizeBytes,
  ...{ modifiedAt: stat.modifiedAt, changedAt: stat.changedAt, mode: stat.mode, owner: stat.owner },
  ...{ links: stat.links, inode: stat.inode, nested: isOther },
  ...{ target: target && plainText(target), targetBytes: bytesText(target) },
});

export interface BytesOption {
  readonly bytes?: boolean;
}

/** What somebody wrote as a path. With `--bytes` it is its bytes in hexadecimal, as `pathBytes` tells it. Fault: usage. */
export function givenName(text: string, { bytes = false }: BytesOption): Result<string> {
  if (!bytes) return ok(text);
  if (/^(?:[0-9a-f]{2})*$/i.test(text)) return ok(nameFromBytes(Buffer.from(text, 'hex')));
  return failed(
    fault(
      'usage',
      `${JSON.stringify(text)} is not hexadecimal.`,
      'With --bytes a path is given as "pathBytes" tells it in the document. Leave --bytes out to write it as it is.',
    ),
  );
}
