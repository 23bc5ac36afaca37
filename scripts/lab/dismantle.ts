// Takes a lab down by its name alone, whatever is left of it: processes, interfaces, loop devices, files. It needs no
// record, so it also ends a lab that was killed half-way through being made. Touches nothing of another lab.
import { readFileSync, rmSync } from 'node:fs';
import { loopDevicesOf } from './disks.ts';
import { labDirectory } from './lab-record.ts';
import { membersOf } from './namespaces.ts';
import { interfacesOf } from './network.ts';
import { run } from './run-command.ts';
import { waitFor } from './wait-for.ts';

/** Idempotent; when it returns, nothing of the lab is left. Throws, naming it, if something does not go away. */
export async function dismantle(name: string): Promise<void> {
  const directory = labDirectory(name);
  await thaw(membersOf(directory));
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

/** A filesystem that is frozen outlives its mounts, and what writes to it outlives every signal. */
async function thaw(pids: readonly number[]): Promise<void> {
  const mounts = pids.flatMap((pid) =>
    linesOf(`/proc/${pid}/mounts`).flatMap((line) => {
      const [device = '', path = '', type] = line.split(' ');
      return type === 'btrfs' ? [[device, `/proc/${pid}/root${path}`] as const] : [];
    }),
  );
  const paths = [...new Map(mounts).values()];
  if (paths.length > 0)
    await run(['sh', '-c', 'for at; do fsfreeze -u "$at"; done 2>/dev/null; :', 'sh', ...paths]);
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // Its process has ended.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
