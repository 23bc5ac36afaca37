/** Decides whether files that a disk does not give are damaged, or the disk itself answers no more. */
import type { DeviceErrors } from '../../model/storage.ts';

/**
 * What btrfs counted before and after it was read. Only data whose checksum is wrong is proof: a disk that was pulled out, a
 * cable or a controller give the same error for each file, and its files are as they were when it is back.
 */
export function isDamage(before: readonly DeviceErrors[], after: readonly DeviceErrors[]): boolean {
  const known = new Map(before.map((one) => [one.device, one]));
  let hasDamage = false;
  for (const now of after) {
    const then = known.get(now.device);
    if (!then) return false;
    const isSilent =
      now.readErrors === then.readErrors &&
      now.writeErrors === then.writeErrors &&
      now.flushErrors === then.flushErrors;
    if (!isSilent) return false;
    if (now.corruptionErrors > then.corruptionErrors) hasDamage = true;
  }
  return hasDamage && after.length === before.length;
}
