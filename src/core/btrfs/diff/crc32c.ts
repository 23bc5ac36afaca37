/** Computes the checksum of a command of a send stream: CRC-32C, begun at 0 and not inverted (linux/fs/btrfs/send.c). */

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc >>> 0;
});

/** Of the bytes `from` to before `to`. `crc`: of the bytes before these. */
export function crc32c(bytes: Uint8Array, from: number, to: number, crc = 0): number {
  let sum = crc;
  for (let at = from; at < to; at++) sum = (TABLE[(sum ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (sum >>> 8);
  return sum >>> 0;
}
