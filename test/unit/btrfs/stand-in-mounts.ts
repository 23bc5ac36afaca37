/** Stand-ins for what the kernel tells scripts of mounts, so that plain directories can stand for filesystems. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StandInMount {
  readonly point: string;
  /** The same for all mounts of one filesystem. */
  readonly device?: string;
  readonly type?: string;
}

/** As mountinfo writes it. */
const encoded = (path: string): string =>
  path.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);

const mountinfo = (mounts: readonly StandInMount[]): string =>
  [
    '20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    ...mounts.map(
      ({ point, device = '0:40', type = 'btrfs' }, index) =>
        `${30 + index} 20 ${device} / ${encoded(point)} rw - ${type} /dev/sdb rw,subvol=/`,
    ),
    '',
  ].join('\n');

/** Puts a `cat` into a directory of programs that shows these mounts; it is the system's otherwise. */
export function putMounts(bin: string, mounts: readonly StandInMount[]): void {
  const file = join(bin, 'mountinfo');
  writeFileSync(file, mountinfo(mounts));
  const cat = join(bin, 'cat');
  rmSync(cat, { force: true });
  writeFileSync(cat, `#!/bin/sh\n[ "$*" != /proc/self/mountinfo ] || set -- '${file}'\nexec /bin/cat "$@"\n`);
  chmodSync(cat, 0o755);
}
