/** Decides how names and files of snapshots are told to programs: no byte of a name is lost. */
import { fault } from '../../core/model/fault.ts';
import { bytesOfName, isPlainName, nameFromBytes } from '../../core/model/file-name.ts';
import type { FileEntry } from '../../core/model/files.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';

/** Base64 of a name that is not UTF-8; null: its text is all of it. */
export const bytesText = (name: string | null): string | null =>
  name === null || isPlainName(name) ? null : Buffer.from(bytesOfName(name) ?? []).toString('base64');

/** Keys of the document; they stay. */
export const fileRow = ({ name, path, kind, isOther, target, ...stat }: FileEntry) => ({
  ...{ name, path, pathBytes: bytesText(path), type: kind, sizeBytes: stat.sizeBytes },
  ...{ modifiedAt: stat.modifiedAt, changedAt: stat.changedAt, mode: stat.mode, owner: stat.owner },
  ...{ links: stat.links, inode: stat.inode, nested: isOther, target, targetBytes: bytesText(target) },
});

export interface BytesOption {
  readonly bytes?: boolean;
}

/** What somebody wrote as a path. With `--bytes` it is base64 of the bytes, as `pathBytes` tells it. Fault: usage. */
export function givenName(text: string, { bytes = false }: BytesOption): Result<string> {
  if (!bytes) return ok(text);
  const read = Buffer.from(text, 'base64');
  if (read.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')) return ok(nameFromBytes(read));
  return failed(
    fault(
      'usage',
      `${JSON.stringify(text)} is not base64.`,
      'With --bytes a path is given as "pathBytes" tells it in the document. Leave --bytes out to write it as it is.',
    ),
  );
}
