// Takes a lab down by its name alone, whatever is left of it: processes, interfaces, loop devices, files. It needs no
// record, so it also ends a lab that was killed half-way through being made. Touches nothing of another lab.
import { rmSync } from 'node:fs';
import { loopDevicesOf } from './disks.ts';
import { labDirectory } from './lab-record.ts';
import { membersOf } from './namespaces.ts';
import { interfacesOf } from './network.ts';
import { run } from './run-command.ts';
import { waitFor } from './wait-for.ts';

/** Idempotent; when it returns, nothing of the lab is left. Throws, naming it, if something does not go away. */
export async function dismantle(name: string): Promise<void> {
  const directory = labDirectory(name);
  // A holder is process 1 of its server: with it end all processes, and with those the mounts.
  await waitFor(`processes of lab ${name} end`, () => {
    const members = membersOf(directory).filter((pid) => pid !== process.pid);
    for (const pid of members) kill(pid);
    return members.length === 0;
  });
  for (const link of await interfacesOf(name)) await run(['ip', 'link', 'delete', link]);
  await waitFor(`loop devices of lab ${name} go`, async () => {
    const devices = await loopDevicesOf(directory);
    // Those that were set up but not yet mounted do not go by themselves.
    for (const device of devices) await run(['losetup', '--detach', device]);
    return devices.length === 0;
  });
  rmSync(directory, { recursive: true, force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
