/** The words a configuration is made of: what a name and a path may look like. */
import { z } from 'zod';
import { isServerName } from '../../model/server.ts';

const NAME = 'must be 1 to 63 letters, digits, dots, dashes or underscores, and begin with none of . and -';

export const name = z.string({ error: NAME }).refine(isServerName, { error: NAME });

const ABSOLUTE = 'must be an absolute path';

export const absolute = z.string({ error: ABSOLUTE }).regex(/^\/[^\0\n]*$/, { error: ABSOLUTE });

/** The one way to write a path: what automation works on is found again by comparing it with what servers list. */
export const canonical = absolute.refine(isCanonical, {
  error: 'must be a path as the server lists it: without // or . or .. and with no slash at its end',
});

function isCanonical(path: string): boolean {
  const parts = path.split('/').slice(1);
  // Half a character cannot be kept: the journal would give back another one.
  return path.isWellFormed() && (path === '/' || !parts.some((part) => ['', '.', '..'].includes(part)));
}
