/** Makes subvolumes writable as btrfs-progs before 5.14.2 did: by the ioctl alone, so that they keep their received uuid. */
import type { Lab } from '../../../scripts/lab/lab.ts';

/** A script for perl, without a single quote: PATH TO. BTRFS_IOC_SUBVOL_SETFLAGS and BTRFS_SUBVOL_RDONLY of linux/btrfs.h. */
export const SET_FLAG = `use Fcntl;
  sysopen(my $directory, $ARGV[0], O_RDONLY) or die "$ARGV[0]: $!";
  my $flags = pack("Q", $ARGV[1] eq "read-only" ? 2 : 0);
  ioctl($directory, 0x4008941a, $flags) or die "$ARGV[0]: $!";`;

export const setFlag = async (
  lab: Pick<Lab, 'must'>,
  server: string,
  path: string,
  to: 'read-only' | 'writable',
): Promise<void> => {
  await lab.must(server, ['perl', '-e', SET_FLAG, path, to]);
};

/** Changes something in a read-only snapshot so that neither its name, its flag nor its ids show it. */
export async function tamper(
  lab: Pick<Lab, 'must'>,
  server: string,
  path: string,
  script: string,
): Promise<void> {
  await setFlag(lab, server, path, 'writable');
  await lab.must(server, ['sh', '-c', `cd -- "$1" && ${script}`, 'sh', path]);
  await setFlag(lab, server, path, 'read-only');
}

/** BTRFS_IOC_SET_RECEIVED_SUBVOL of linux/btrfs.h, as a receive does it last: PATH UUID. */
const SET_RECEIVED = `use Fcntl;
  sysopen(my $directory, $ARGV[0], O_RDONLY) or die "$ARGV[0]: $!";
  my $all = pack("H32 Q Q Q L x4 Q L x4 Q x128", $ARGV[1] =~ s/-//gr, 1, 0, time, 0, 0, 0, 0);
  ioctl($directory, 0xc0c89425, $all) or die "$ARGV[0]: $!";`;

/** As `tamper`, and it was received just now with that in it: only what is in it tells. */
export async function receiveTampered(
  lab: Pick<Lab, 'must'>,
  server: string,
  path: string,
  script: string,
): Promise<void> {
  const shown = await lab.must(server, ['btrfs', 'subvolume', 'show', path]);
  const received = /Received UUID:\s+(\S+)/.exec(shown)?.[1] ?? '';
  await setFlag(lab, server, path, 'writable');
  await lab.must(server, ['bash', '-ec', `cd -- "$1" && ${script}`, 'bash', path]);
  await lab.must(server, ['perl', '-e', SET_RECEIVED, path, received]);
  await setFlag(lab, server, path, 'read-only');
}

/** Sends a snapshot of server a in full to server b without btrfleet, into a directory that is made there. */
export async function sendRaw(lab: Lab, path: string, directory: string): Promise<void> {
  const stream = await lab.must('a', ['sh', '-c', 'btrfs send -q "$1" | base64', 'sh', path]);
  const receive = 'mkdir -p "$1" && base64 -d | btrfs receive -q "$1"';
  await lab.must('b', ['sh', '-c', receive, 'sh', directory], { input: stream });
}

/** user::rwx user:7:r-x group::r-x mask::r-x other::---, as the kernel keeps it (linux/posix_acl_xattr.h); setxattr of amd64. */
export const DEFAULT_ACL = `use strict; my $none = 0xffffffff;
  my $list = pack("V", 2) . join "", map { pack("vvV", @$_) } [1, 7, $none], [2, 5, 7], [4, 5, $none], [16, 5, $none], [32, 0, $none];
  my ($path, $name) = ($ARGV[0], "system.posix_acl_default");
  syscall(188, $path, $name, $list, length $list, 0) == 0 or die $!;`;

/** Takes it away again: PATH. removexattr of amd64. */
export const NO_DEFAULT_ACL = `use strict; my ($path, $name) = ($ARGV[0], "system.posix_acl_default"); syscall(197, $path, $name) == 0 or die $!;`;
