/** Decides the lines that `ls -ln` prints of files. */
import type { Stat } from '../files/files.ts';
import type { Process } from '../machine/machine.ts';

function rights({ kind, mode }: Stat): string {
  if (kind === 'symlink') return 'lrwxrwxrwx';
  const bits = [...'rwxrwxrwx'].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  const mark = (at: number, bit: number, letter: string): void => {
    if (mode & bit) bits[at] = bits[at] === 'x' ? letter : letter.toUpperCase();
  };
  mark(2, 0o4000, 's');
  mark(5, 0o2000, 's');
  mark(8, 0o1000, 't');
  return (kind === 'directory' ? 'd' : '-') + bits.join('');
}

/** Owners as numbers, the time as GNU shows one of long ago. Every file here has one name. */
export function longLine(process: Process, name: string): string {
  const { files } = process.machine;
  const path = process.path(name);
  const stat = files.lstat(path);
  const at = new Date(stat.mtime);
  const month = at.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const when = `${month} ${String(at.getUTCDate()).padStart(2)}  ${at.getUTCFullYear()}`;
  const arrow = stat.kind === 'symlink' ? ` -> ${files.readlink(path)}` : '';
  return `${rights(stat)} 1 ${stat.uid} ${stat.gid} ${stat.size} ${when} ${name}${arrow}`;
}
