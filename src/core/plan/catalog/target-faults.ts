/** Why what somebody named as a target is none. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';

export const notMounted = (server: string, mount: string, mounts: readonly string[]): Fault =>
  fault(
    'not-mounted',
    `${mount} is not a btrfs mount on ${server}.`,
    mounts.length > 0
      ? `Mounted there: ${mounts.join(', ')}. Is the disk plugged in and mounted?`
      : 'No btrfs filesystem is mounted there at all. Is the disk plugged in and mounted?',
    { server },
  );

export const mountedReadOnly = (server: string, mount: string): Fault =>
  fault(
    'read-only-filesystem',
    `${mount} on ${server} is mounted read-only.`,
    `Look at "dmesg" there for errors first; if all is well: "mount -o remount,rw ${quoteWord(mount)}".`,
    { server },
  );

export const otherFilesystem = (server: string, mount: string, other: string): Fault =>
  fault(
    'directory-taken',
    `${other} on ${server} is the mount of another filesystem, so replicas cannot lie there on the one of ${mount}.`,
    `Name that one as the target instead: ${server}:${other}.`,
    { server },
  );

export const silentAutomount = (server: string, mount: string): Fault =>
  fault(
    'not-mounted',
    `${mount} on ${server} is an automount, and when it was walked into it mounted nothing or did not answer.`,
    'Is the disk plugged in? It is walked into again at the next look.',
    { server, retry: true },
  );
