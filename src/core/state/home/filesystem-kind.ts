/**
 * Decides whether a filesystem can hold the state: SQLite's locks and its shared memory must hold between all who have
 * it mounted. What no list names is taken to be a disk of this machine, as nearly all are.
 */
import { readFileSync, statfsSync, statSync } from 'node:fs';

/** f_type of statfs(2), as linux/magic.h and the filesystems themselves have it. */
const SHARED: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'CIFS (SMB)',
  4266872130: 'SMB',
  20859: 'SMB',
  16914839: '9p',
  12805120: 'Ceph',
  198183888: 'Lustre',
  1397113167: 'AFS',
  1799439955: 'AFS',
  1937076805: 'Coda',
  1196443219: 'GPFS',
  428016422: 'BeeGFS',
  22092: 'NCP',
};

const FUSE = 0x65735546;

/** Everything from a disk of this machine to a bucket on the net is FUSE; mountinfo says which. */
const SHARED_FUSE =
  /^fuse\.(?:sshfs|glusterfs|ceph|ceph-fuse|s3fs|goofys|rclone|gcsfuse|blobfuse2?|davfs2?|curlftpfs|juicefs|seaweedfs|moosefs|mfs|lizardfs|gvfsd-fuse|vmhgfs-fuse|grpcfuse)$/;

export interface FilesystemKind {
  /** f_type of statfs(2). */
  readonly magic: number;
  /** As mountinfo names it; null where it does not tell. */
  readonly name: string | null;
}

/** Throws what the system says. */
export function filesystemKind(path: string): FilesystemKind {
  const magic = statfsSync(path).type >>> 0;
  return { magic, name: magic === FUSE ? mountType(statSync(path).dev) : null };
}

/** What the filesystem is called where it cannot hold the state; null: it can. */
export function sharedFilesystem({ magic, name }: FilesystemKind): string | null {
  if (magic !== FUSE) return SHARED[magic] ?? null;
  return name !== null && SHARED_FUSE.test(name) ? name.replace('fuse.', '') : null;
}

/** proc_pid_mountinfo(5): field 3 is `major:minor`, the first after the lone dash the type. */
function mountType(device: number): string | null {
  const [major, minor] = [(device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & ~0xff)];
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const line = lines.find((each) => each.split(' ')[2] === `${major}:${minor}`);
  return line?.split(' - ')[1]?.split(' ')[0] ?? null;
}
