/** Asks what btrfs has counted of the errors of the disks below a mount. */
import { deviceErrorsCommand } from '../../btrfs/ask/storage-script.ts';
import { parseDeviceStats } from '../../btrfs/read/device-stats.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { DeviceErrors } from '../../model/storage.ts';

/** Null: it is not told. */
export async function deviceErrors(
  host: Host,
  mount: string,
  signal: AbortSignal,
): Promise<readonly DeviceErrors[] | null> {
  const said = await host.run(deviceErrorsCommand(mount), { signal });
  if (!said.ok || said.value.code !== 0) return null;
  const parsed = parseDeviceStats(said.value.stdout.split('\n').filter((line) => line !== ''));
  return parsed.ok ? parsed.value : null;
}
