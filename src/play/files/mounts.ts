/** Decides which mount a path leads into, and what the kernel tells of the mounts of a machine. */
import type { Pool } from '../btrfs/pool.ts';
import type { Subvolume } from '../btrfs/subvolume.ts';
import type { Parts } from '../btrfs/tree.ts';

export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `0:40`, the same for all mounts of one filesystem. */
  readonly device: string;
  readonly pool: Pool;
  readonly subvolume: Subvolume;
  /** Of a directory in it; none: all of it. */
  readonly parts: Parts;
  readonly point: Parts;
  readonly readOnly: boolean;
}

export const isWithin = (parts: Parts, above: Parts): boolean =>
  above.every((name, index) => parts[index] === name);

/** What is mounted later hides all that lies at its place or below. */
export const mountAt = (mounts: readonly Mount[], parts: Parts): Mount | null =>
  mounts.findLast(({ point }) => isWithin(parts, point)) ?? null;

/** As the kernel shows it: `/` and what lies below the top level. */
export const rootOf = ({ subvolume, parts }: Mount): string => `/${[...subvolume.parts, ...parts].join('/')}`;

export const pointOf = ({ point }: Mount): string => `/${point.join('/')}`;

const rights = (readOnly: boolean): string => (readOnly ? 'ro' : 'rw');

const optionsOf = ({ pool, subvolume }: Mount): string =>
  `${rights(pool.readOnly)},discard=async,space_cache=v2,subvolid=${subvolume.id},subvol=${encoded(`/${subvolume.path}`)}`;

const encoded = (path: string): string =>
  path.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);

export const ROOT_MOUNT_ID = 1;

export function mountinfo(mounts: readonly Mount[]): string {
  const lines = mounts.map((mount) => {
    const where = `${encoded(rootOf(mount))} ${encoded(pointOf(mount))} ${rights(mount.readOnly)},relatime`;
    return `${mount.id} ${mount.parentId} ${mount.device} ${where} - btrfs ${mount.pool.device} ${optionsOf(mount)}\n`;
  });
  return `${ROOT_MOUNT_ID} 0 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n${lines.join('')}`;
}

export function procMounts(mounts: readonly Mount[]): string {
  const lines = mounts.map((mount) => {
    const options = `${rights(mount.readOnly || mount.pool.readOnly)},relatime,${optionsOf(mount).slice(3)}`;
    return `${mount.pool.device} ${encoded(pointOf(mount))} btrfs ${options} 0 0\n`;
  });
  return `/dev/vda1 / ext4 rw,relatime 0 0\n${lines.join('')}`;
}
