/**
 * Has Node keep what it compiles of the program, which is a third of a start. What is kept is run as it lies there, so it
 * may only lie where nobody else can put anything: without such a place nothing is kept, and nobody is told.
 */
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/** To be called before the program is loaded. An environment with NODE_COMPILE_CACHE has chosen a place itself. */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  const directory = cacheDirectory(env);
  if (directory === null || env['NODE_COMPILE_CACHE']) return;
  try {
    // With sudo, HOME may be somebody else's: nothing is made there. One that is not there is not made for this either.
    for (const part of [dirname(directory), directory])
      if (!existsSync(part) && isOurs(dirname(part))) mkdirSync(part, { mode: 0o700 });
    // Node makes a directory in it with whatever rights this process gives.
    if (isOurs(directory) && (lstatSync(directory).mode & 0o077) === 0)
      nodeModule.enableCompileCache(directory);
  } catch {
    // A home that is read-only, or full.
  }
}

/** By the XDG specification, which wants a relative path to be ignored. */
function cacheDirectory({ XDG_CACHE_HOME: xdg, HOME: user }: NodeJS.ProcessEnv): string | null {
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'btrfleet');
  return user !== undefined && isAbsolute(user) && user !== '/' ? join(user, '.cache/btrfleet') : null;
}

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** It is this user's, and nobody but root can put another in its place. */
function isOurs(directory: string): boolean {
  const me = process.geteuid?.();
  if (me === undefined) return false;
  for (let at = directory; ; at = dirname(at)) {
    const { uid, mode } = lstatSync(at);
    const isWhose = uid === me || (uid === 0 && at !== directory);
    const isOpen = (mode & OTHERS_WRITE) !== 0 && (at === directory || (mode & STICKY) === 0);
    if (!isWhose || isOpen) return false;
    if (at === dirname(at)) return true;
  }
}
