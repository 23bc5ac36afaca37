/** Writes send streams for tests, command by command; the checksum is not the one of what is tested. */
import { createFoldReader, type Folded } from '../../../../src/core/btrfs/diff/fold.ts';
import { crc32c } from '../../../../src/play/btrfs/crc32c.ts';

const CODES = {
  ...{ subvolume: 1, snapshot: 2, mkfile: 3, mkdir: 4, mknod: 5, mkfifo: 6, mksock: 7, symlink: 8 },
  ...{ rename: 9, link: 10, unlink: 11, rmdir: 12, setXattr: 13, removeXattr: 14, write: 15, clone: 16 },
  ...{ truncate: 17, chmod: 18, chown: 19, utimes: 20, end: 21, updateExtent: 22, fallocate: 23 },
  ...{ fileAttributes: 24, encodedWrite: 25, enableVerity: 26 },
};
const ATTRIBUTES = {
  ...{ uuid: 1, ctransid: 2, size: 4, mode: 5, uid: 6, gid: 7, device: 8, mtime: 10, xattrName: 13 },
  ...{ xattrData: 14, path: 15, to: 16, link: 17, offset: 18, data: 19, cloneLength: 24 },
  ...{ fallocateMode: 25, flags: 26, unencodedLength: 27 },
};
export type Attributes = Partial<Record<keyof typeof ATTRIBUTES, string | number | Uint8Array>>;

const encoded = (value: string | number | Uint8Array): Uint8Array => {
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (typeof value !== 'number') return value;
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64LE(BigInt(value));
  return wide;
};

export function wire(code: number | keyof typeof CODES, attributes: Attributes = {}, version = 1): Buffer {
  const parts = Object.entries(attributes).flatMap(([name, value]) => {
    const bytes = encoded(value);
    const takesRest = name === 'data' && version > 1;
    const head = Buffer.alloc(takesRest ? 2 : 4);
    head.writeUInt16LE(ATTRIBUTES[name as keyof Attributes]);
    if (!takesRest) head.writeUInt16LE(bytes.length, 2);
    return [head, bytes];
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(10);
  head.writeUInt32LE(body.length);
  head.writeUInt16LE(typeof code === 'number' ? code : CODES[code], 4);
  const all = Buffer.concat([head, body]);
  all.writeUInt32LE(crc32c(all), 6);
  return all;
}

export function header(version = 1): Buffer {
  const bytes = Buffer.alloc(17);
  bytes.write('btrfs-stream\0', 'latin1');
  bytes.writeUInt32LE(version, 13);
  return bytes;
}

export const UUID = '00112233-4455-6677-8899-aabbccddeeff';
const about = { path: 's', uuid: Buffer.from(UUID.replaceAll('-', ''), 'hex'), ctransid: 7 };

/** On a base, with its end. */
export const increment = (...commands: readonly Uint8Array[]): Buffer =>
  Buffer.concat([header(), wire('snapshot', about), ...commands, wire('end')]);

export const full = (...commands: readonly Uint8Array[]): Buffer =>
  Buffer.concat([header(), wire('subvolume', about), ...commands, wire('end')]);

export function fold(bytes: Uint8Array, cuts: readonly number[] = [], most = 64 * 1024 * 1024): Folded {
  const reader = createFoldReader(most);
  let from = 0;
  for (const cut of cuts.toSorted((a, b) => a - b)) {
    reader.push(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  reader.push(bytes.subarray(from));
  return reader.result();
}
