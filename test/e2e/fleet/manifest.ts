/** All that can be told of a tree by a tool that is not btrfleet, a line for each entry, so that two are compared as text. */
import type { Lab } from '../../../scripts/lab/lab.ts';

/**
 * Kind, rights, owner, size, time of content to the nanosecond, device, names of one file, holes, attributes with access
 * lists, links, content. `times` false: not those of directories, whose entries were changed.
 */
export const manifest = (
  lab: Lab,
  server: string,
  path: string,
  without: readonly string[] = [],
): Promise<string> => lab.must(server, ['/usr/bin/python3', '-c', PYTHON, path, ...without]);

/** What rsync would change to make the second what the first is; '' where there is no rsync. */
export const rsyncSees = (lab: Lab, server: string, from: string, to: string): Promise<string> =>
  lab.must(server, [
    ...[
      'sh',
      '-c',
      'command -v rsync >/dev/null || exit 0; exec rsync -aHAXni --checksum --delete -- "$1/" "$2/"',
    ],
    ...['sh', from, to],
  ]);

const PYTHON = `
import hashlib, os, stat, sys
root = os.fsencode(sys.argv[1])
left_out = set(os.fsencode(one) for one in sys.argv[2:])
first = {}
lines = []
def holes(path, size):
    found = []
    with open(path, 'rb') as file:
        at = 0
        while at < size:
            try:
                data = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                found.append((at, size))
                break
            if data > at: found.append((at, data))
            at = os.lseek(file.fileno(), data, os.SEEK_HOLE)
    return found
def tell(path, shown):
    one = os.lstat(path)
    kind = stat.S_IFMT(one.st_mode)
    row = [shown, oct(one.st_mode), one.st_uid, one.st_gid, one.st_mtime_ns]
    if kind != stat.S_IFDIR:
        key = (one.st_dev, one.st_ino)
        row += [one.st_size, one.st_rdev, first.setdefault(key, shown)]
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        row.append((name, os.getxattr(path, name, follow_symlinks=False)))
    if kind == stat.S_IFLNK: row.append(os.readlink(path))
    if kind == stat.S_IFREG:
        with open(path, 'rb') as file: row.append(hashlib.file_digest(file, 'sha256').hexdigest())
        row.append(holes(path, one.st_size))
    lines.append(repr(row))
def walk(path, shown):
    if shown in left_out: return
    tell(path, shown)
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for name in sorted(os.listdir(path)): walk(os.path.join(path, name), os.path.join(shown, name))
walk(root, b'')
print('\\n'.join(lines))
`;

/** A tree of all kinds: names of any bytes, links of one file, holes, attributes, access lists, times of all kinds. */
export const makeOdd = (lab: Lab, server: string, path: string): Promise<string> =>
  lab.must(server, ['/usr/bin/python3', '-c', MAKE, path]);

const MAKE = `
import os, socket, struct, sys
root = os.fsencode(sys.argv[1])
os.makedirs(root, exist_ok=True)
def at(*names): return os.path.join(root, *names)
def put(path, data=b'content\\n'):
    with open(path, 'wb') as file: file.write(data)
    return path
os.makedirs(at(b'plain', b'deep', b'deeper'))
os.makedirs(at(b'empty'))
for name in [b'plain file', b'-n', b'new\\nline', b'back\\\\slash', b'$(id)', b"q'uote", b'bytes\\xff\\xfe', 'ünï'.encode(), b'*', b' lead', b'trail ', b'tab\\t', b'\\\\012', b'end\\n']:
    put(at(b'plain', name), b'in ' + name)
put(at(b'plain', b'deep', b'deeper', b'leaf'))
put(at(b'plain', b'one')); os.link(at(b'plain', b'one'), at(b'plain', b'deep', b'two')); os.link(at(b'plain', b'one'), at(b'three'))
os.symlink(b'plain/one', at(b'link')); os.symlink(b'/nowhere\\n', at(b'plain', b'dangling'))
os.mkfifo(at(b'plain', b'pipe'), 0o640)
os.mknod(at(b'plain', b'null'), 0o20666, os.makedev(1, 3))
with open(put(at(b'sparse'), b'begin'), 'r+b') as file:
    file.truncate(8 << 20); file.seek(4 << 20); file.write(b'middle' * 9999)
big = put(at(b'big'), os.urandom(3 << 20))
os.setxattr(big, b'user.note', b'a \\x00 b'); os.setxattr(at(b'plain'), b'user.on.directory', b'yes')
os.setxattr(at(b'link'), b'trusted.on.link', b't', follow_symlinks=False)
os.setxattr(big, b'security.capability', struct.pack('<IIIII', 0x02000001, 1 << 10, 0, 0, 0))
def acl(*entries): return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, perm, who) for tag, perm, who in entries)
NONE = 0xffffffff
some = acl((1, 6, NONE), (2, 4, 1234), (4, 4, NONE), (16, 6, NONE), (32, 0, NONE))
os.setxattr(big, b'system.posix_acl_access', some)
os.setxattr(at(b'plain', b'deep'), b'system.posix_acl_default', acl((1, 7, NONE), (2, 5, 4321), (4, 5, NONE), (16, 5, NONE), (32, 0, NONE)))
os.chown(at(b'plain', b'plain file'), 12345, 54321)
os.chmod(at(b'plain', b'-n'), 0o4751); os.chmod(at(b'empty'), 0o1777)
os.lchown(at(b'link'), 7, 8)
os.utime(at(b'plain', b'one'), ns=(1, 1_234_567_890_123_456_789)); os.utime(at(b'plain', b'plain file'), ns=(1, -1_500_000_001))
os.utime(at(b'link'), ns=(5, 987_654_321_012_345_678), follow_symlinks=False)
for directory in [at(b'plain', b'deep', b'deeper'), at(b'plain', b'deep'), at(b'plain'), at(b'empty'), root]:
    os.utime(directory, ns=(3, 1_111_111_111_222_222_222 + len(directory)))
`;
