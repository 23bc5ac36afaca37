/** The errors of a simulated filesystem, with the words that the C library has for them. */
const TEXTS = {
  EACCES: 'Permission denied',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOSYS: 'Function not implemented',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  EXDEV: 'Invalid cross-device link',
} as const;

export type ErrnoCode = keyof typeof TEXTS;

/** The message is what `strerror` says. */
export class Errno extends Error {
  readonly code: ErrnoCode;
  constructor(code: ErrnoCode) {
    super(TEXTS[code]);
    this.code = code;
  }
}
