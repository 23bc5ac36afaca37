/** Decides which place in a tree of files a path means that somebody wrote. It looks at nothing. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { pathBelow } from '../../model/snapshot.ts';

/**
 * Below the root of the subvolume, without a slash at either end; '' for the root itself. `path`: below the subvolume, or
 * absolute as people see it (`/data/x` where the subvolume is /data). Fault: usage (it lies elsewhere, or has a `..`).
 */
export function pathInside(subvolume: string, path: string): Result<string> {
  const names = (text: string): string[] => text.split('/').filter((name) => name !== '' && name !== '.');
  if (path.includes('\0')) return failed(isOdd(path, 'holds a NUL, which no name of a file does'));
  // What it leads to is another one behind a link, and in each snapshot.
  if (names(path).includes('..')) return failed(isOdd(path, 'has a ".." in it'));
  if (!path.startsWith('/')) return ok(names(path).join('/'));
  const whole = `/${names(path).join('/')}`;
  const inside = pathBelow(subvolume, whole);
  return inside === null ? failed(isElsewhere(subvolume, whole)) : ok(inside);
}

const isOdd = (path: string, why: string): Fault =>
  fault(
    'usage',
    `The path ${JSON.stringify(path)} ${why}.`,
    'Write it in full, below the subvolume or absolute.',
  );

const isElsewhere = (subvolume: string, path: string): Fault =>
  fault(
    'usage',
    `${path} does not lie in ${subvolume}.`,
    `Name it below the subvolume (such as "documents/letter.txt"), or in full, beginning with ${subvolume}.`,
  );
