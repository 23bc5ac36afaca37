// The disks of the lab's servers: btrfs on sparse image files, through loop devices that vanish when unmounted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enterArgv } from './namespaces.ts';
import type { Profile } from './profiles.ts';
import { must, type RunOptions, run } from './run-command.ts';

export type DiskOptions = {
  /** Passed to `mount -o` as well. */
  mountOptions?: string;
  /** Made at the top level, and it alone is mounted (`subvol=`). */
  subvolume?: string;
};

export type DiskPlace = {
  holder: number;
  /** The server's directory; the image comes to lie in it. */
  directory: string;
  mountPoint: string;
  /** As `truncate -s` takes it, "2G"; btrfs wants 110M at least. */
  size: string;
};

/** Only these are the server's own; a directory made elsewhere would be one of this machine. */
function checkMountPoint(mountPoint: string): void {
  if (!/^\/(srv|mnt|media)\/./.test(mountPoint) || mountPoint.split('/').includes('..')) {
    throw new Error(`a lab mounts below /srv, /mnt and /media only, not at ${mountPoint}`);
  }
}

const imageOf = (directory: string, name: string): string =>
  join(directory, `${encodeURIComponent(name)}.img`);

/**
 * Makes a btrfs on an image in a directory and gives its loop device, which stays until it is detached. `name` tells it
 * from the directory's others.
 */
async function makeDevice(
  { directory, size }: Pick<DiskPlace, 'directory' | 'size'>,
  name: string,
  options: RunOptions,
): Promise<string> {
  const image = imageOf(directory, name);
  await must(['truncate', '-s', '0', image], options);
  await must(['truncate', '-s', size, image], options);
  await must(['mkfs.btrfs', '-q', image], options);
  return (await must(['losetup', '--find', '--show', image], options)).trim();
}

/** A btrfs that is not mounted: its device, which goes when the lab does. */
export const addSpareDisk = (
  place: Pick<DiskPlace, 'directory' | 'size'>,
  options: RunOptions = {},
): Promise<string> => makeDevice(place, 'spare', options);

/** Makes a btrfs with the subvolumes a layout has, and makes one of them the root of a server; gives its device. */
export async function addRootDisk(
  { holder, directory, size }: Omit<DiskPlace, 'mountPoint'>,
  { make, mounts }: NonNullable<Profile['root']>,
  options: RunOptions = {},
): Promise<string> {
  const device = await makeDevice({ directory, size }, '/', options);
  const inside = (...argv: string[]) => must(enterArgv(holder, argv), options);
  try {
    const atTop =
      'mkdir /run/top; mount "$1" /run/top; (cd /run/top; eval "$2"); umount /run/top; rmdir /run/top';
    await inside('sh', '-euc', atTop, 'sh', device, make);
    const becomeRoot = readFileSync(join(import.meta.dirname, 'become-root.sh'), 'utf8');
    await inside('sh', '-c', becomeRoot, 'sh', device, ...mounts.flat());
  } finally {
    await run(['losetup', '--detach', device]);
  }
  return device;
}

/** Makes a btrfs and mounts it in a server; gives its device. */
export async function addDisk(
  place: DiskPlace,
  disk: DiskOptions,
  options: RunOptions = {},
): Promise<string> {
  const { holder, mountPoint } = place;
  checkMountPoint(mountPoint);
  const inside = (...argv: string[]) => must(enterArgv(holder, argv), options);
  const device = await makeDevice(place, mountPoint, options);
  try {
    await inside('mkdir', '-p', mountPoint);
    if (disk.subvolume !== undefined) {
      await inside('mount', device, mountPoint);
      await inside('btrfs', 'subvolume', 'create', join(mountPoint, disk.subvolume));
      await inside('umount', mountPoint);
    }
    await inside('mount', ...mountOptions(disk), device, mountPoint);
  } finally {
    // In use, the device stays until it is unmounted (autoclear); not in use, it is gone at once.
    await run(['losetup', '--detach', device]);
  }
  return device;
}

/** Mounts a disk again that was unmounted; `at`: at another place than before. */
export async function mountAgain(
  { holder, directory, mountPoint }: Omit<DiskPlace, 'size'>,
  at: string,
): Promise<void> {
  checkMountPoint(at);
  const inside = (...argv: string[]) => must(enterArgv(holder, argv));
  const device = (await must(['losetup', '--find', '--show', imageOf(directory, mountPoint)])).trim();
  try {
    await inside('mkdir', '-p', at);
    await inside('mount', device, at);
  } finally {
    // In use, it stays until it is unmounted.
    await run(['losetup', '--detach', device]);
  }
}

/** Mounts a subvolume of a filesystem that is mounted already at a further place of the same server. */
export async function mountSubvolume(
  holder: number,
  { mount, subvolume, mountPoint }: { mount: string; subvolume: string; mountPoint: string },
): Promise<void> {
  checkMountPoint(mountPoint);
  const inside = (...argv: string[]) => must(enterArgv(holder, argv));
  const device = (
    await inside('findmnt', '--noheadings', '--nofsroot', '--output', 'SOURCE', '--mountpoint', mount)
  ).trim();
  await inside('mkdir', '-p', mountPoint);
  await inside('mount', ...mountOptions({ subvolume }), device, mountPoint);
}

function mountOptions({ mountOptions: given, subvolume }: DiskOptions): string[] {
  const all = [given, subvolume === undefined ? undefined : `subvol=${subvolume}`].filter(Boolean).join(',');
  return all === '' ? [] : ['-o', all];
}

/** The loop devices whose image lies, or lay, in a directory. */
export async function loopDevicesOf(directory: string): Promise<string[]> {
  const stdout = await must(['losetup', '--list', '--json', '--output', 'NAME,BACK-FILE']);
  // No output at all when this machine has no loop device in use.
  const { loopdevices }: { loopdevices: Record<'name' | 'back-file', string | null>[] } =
    stdout.trim() === '' ? { loopdevices: [] } : JSON.parse(stdout);
  return loopdevices.flatMap(({ name, 'back-file': image }) =>
    name !== null && image?.startsWith(`${directory}/`) ? [name] : [],
  );
}
