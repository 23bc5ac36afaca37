/** Computes checksums as send streams have them: crc32c, beginning with 0 and not inverted at the end. */

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc >>> 0;
});

/** @param crc of the bytes before these. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  let sum = crc;
  // Not `of`: this loop sees every byte that is sent.
  for (let at = 0; at < bytes.length; at++) sum = (TABLE[(sum ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (sum >>> 8);
  return sum >>> 0;
}

const apply = (matrix: Uint32Array, crc: number): number => {
  let product = 0;
  for (let bit = 0, rest = crc; rest !== 0; bit++, rest >>>= 1) if (rest & 1) product ^= matrix[bit] ?? 0;
  return product >>> 0;
};

/** What 2^n zero bytes make of each bit of a checksum. */
const ZEROS: Uint32Array[] = [
  Uint32Array.from({ length: 32 }, (_, bit) => crc32c(new Uint8Array(1), (1 << bit) >>> 0)),
];
for (let step = 0; step < 31; step++) {
  const last = ZEROS[step] ?? new Uint32Array();
  ZEROS.push(last.map((crc) => apply(last, crc)));
}

/** The checksum of two parts together from those of each, where the second has `length` bytes. */
export function joinCrc(first: number, second: number, length: number): number {
  let crc = first;
  for (let step = 0, rest = length; rest !== 0; step++, rest >>>= 1)
    if (rest & 1) crc = apply(ZEROS[step] ?? new Uint32Array(), crc);
  return (crc ^ second) >>> 0;
}
