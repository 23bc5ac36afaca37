/** Decides whether a transfer fits on its target. What it cannot know it does not forbid. */
import { type Fault, fault } from '../../model/fault.ts';
import type { Space } from '../../model/inventory.ts';

const MEBIBYTE = 1024 * 1024;

/** Kept free beside the payload: btrfs needs room for metadata, about 2 % for small files, and never less than 16 MiB. */
export const reserveBytes = (payloadBytes: number): number => Math.max(16 * MEBIBYTE, payloadBytes * 0.02);

/** A fault when the payload (bytes, null: not known) surely does not fit. */
export function checkSpace(
  payloadBytes: number | null,
  space: Space,
  target: { readonly server: string; readonly mount: string },
): Fault | null {
  if (payloadBytes === null || space.freeBytes === null) return null;
  const needed = payloadBytes + (payloadBytes > 0 ? reserveBytes(payloadBytes) : 0);
  if (needed <= space.freeBytes) return null;
  return fault(
    'no-space',
    `${target.server}:${target.mount} has ${space.freeBytes} bytes free; the transfer needs ${Math.ceil(needed)}.`,
    'Delete snapshots there that are no longer needed, or choose another target. Nothing was sent.',
    { server: target.server },
  );
}
