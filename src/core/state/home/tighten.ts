/**
 * Decides what of the state directory others may read no longer. The key of the vault is not among it: one that others
 * could read is refused, as they may have it.
 */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './system-error.ts';

/** What btrfleet makes there, with what SQLite and a write under way put beside it. */
const OURS = /^(?:config\.(?:json|lock)|vault\.(?:json|key)|known_hosts|journal\.db|screen\.json|logs$)/;

/** One sentence where anything was changed. What cannot be changed stays as it is. */
export function tighten(directory: string): string[] {
  const names = readdirSync(directory);
  const ours = names.filter((name) => OURS.test(name));
  const closed = ours.filter((name) => name !== 'vault.key' && close(join(directory, name)));
  // A directory that holds anything else may be somebody's home: only what is in it is closed.
  const isOurs = ours.length > 0 && ours.length === names.length;
  if (isOurs && close(directory)) closed.unshift('the directory itself');
  if (closed.length === 0) return [];
  return [
    `Others could read what is in the state directory ${directory}; now only you can: ${closed.join(', ')}.`,
  ];
}

/** Whether others could read it until now. A link is left alone: what it leads to is somebody else's decision. */
function close(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink() || (stats.mode & 0o077) === 0) return false;
  try {
    chmodSync(path, stats.isDirectory() ? 0o700 : 0o600);
    return true;
  } catch (error) {
    // On a read-only filesystem, or one that knows no rights.
    if (errorCode(error) === null) throw error;
    return false;
  }
}
