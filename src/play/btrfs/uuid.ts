/** Makes uuids, of version 4 as btrfs has them, out of a source of chance. */

/** @param random from 0 to below 1 */
export function randomUuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    if (index === 12) return '4';
    return (index === 16 ? 8 + (digit % 4) : digit).toString(16);
  }).join('');
  return dashed(digits);
}

/** With dashes between 32 digits. */
export const dashed = (digits: string): string => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
