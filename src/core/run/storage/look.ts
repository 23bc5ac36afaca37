/** Looks at the storage of a server in one command: room, device errors, scrub, and sizes where quotas are on. */

import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { storageCommand } from '../../btrfs/ask/storage-script.ts';
import { parseStorage } from '../../btrfs/read/storage.ts';
import type { Host } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import type { StorageLook } from '../../model/storage.ts';
import type { Fleet } from '../ground/fleet.ts';

/** Of the filesystems the inventory shows; kept in the journal as the last one. Faults: those of the connection. */
export async function lookAtStorage(
  fleet: Fleet,
  host: Host,
  { filesystems }: Inventory,
  signal?: AbortSignal,
): Promise<Result<StorageLook>> {
  const nonce = fleet.nonce();
  const asked = filesystems.map(({ uuid, mount }) => ({ uuid, mount }));
  const command = storageCommand({ sudo: host.facts.sudo, filesystems: asked });
  const said = await host.run(command, { input: nonceInput(nonce), ...(signal && { signal }) });
  if (!said.ok) return said;
  const look = parseStorage({
    server: host.server.name,
    takenAt: isoTime(fleet.clock.now()),
    filesystems: asked,
    nonce,
    output: said.value.stdout,
    sudoers: host.facts.sudoers,
  });
  fleet.journal.saveStorageLook(look);
  return ok(look);
}

/** Told in place of the cancel that ended a look at the storage, where the server itself had answered. */
export const storageHangs = ({ server, filesystems }: Inventory, seconds: number): Fault =>
  fault(
    'stalled',
    `The look at the storage of ${server} (${filesystems.map(({ mount }) => mount).join(', ')}) did not end within ${seconds} s.`,
    `A disk may hang: look at "dmesg" on ${server}, and for processes that wait for it with "ps -eo state,pid,args | grep ^D".`,
    { server },
  );
