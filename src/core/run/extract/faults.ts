/** What can be wrong where files are brought back, in words. */
import { filesSudoersLines } from '../../btrfs/ask/commands.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { harmless } from '../../model/harmless.ts';
import { joinPath } from '../../model/snapshot.ts';
import type { ExtractPlan } from '../../plan/extract/question.ts';

/** Beyond what all else needs, and only for this. */
export const rootLines = ({ server, facts: { sudo, sudoers } }: Host): string[] =>
  sudo.length === 0 ? [...sudoers] : [...sudoers, ...filesSudoersLines(server.user)];

export function lacksTool(server: string, tool: string): Fault {
  const message =
    tool === 'reflink'
      ? `The cp of ${server} knows no reflink, so what is copied would take its room once more.`
      : `${server} has no GNU ${tool}; without it not all that is of a file can be kept.`;
  const hint =
    'Install coreutils, findutils, tar and util-linux there. Those of busybox keep no access lists, attributes, holes or times to the nanosecond.';
  return fault('tool-missing', `${message} Nothing was done.`, hint, { server });
}

export const fromLive = (): Fault =>
  fault('usage', 'Files are brought back from a snapshot.', 'Name one: "btrfleet snapshot list" shows them.');

export const isEmpty = (): Fault =>
  fault('usage', 'A path that was named is empty.', 'Write "." for all of the subvolume.');

export const noPaths = (): Fault =>
  fault('usage', 'Nothing was named.', 'Name files or directories; "." is all of the subvolume.');

export const nothingMatches = (): Fault =>
  fault(
    'usage',
    'Nothing of what was named matches the patterns.',
    'A pattern without a slash means a name anywhere, one with a slash a path below the subvolume.',
  );

export const oneName = (): Fault =>
  fault(
    'usage',
    'Two of the paths have the same last name, and would go to the same place.',
    'Bring them one by one.',
  );

export const noWayBack = ({ server }: Host, root: string, isOwn: boolean, { rows }: ExtractPlan): Fault => {
  const first = rows.find(({ what }) => what === 'replaced' || what === 'removed');
  const path = harmless(joinPath(root, first?.path ?? ''));
  return fault(
    'refused',
    `${path} on ${isOwn ? 'this machine' : server.name} would be ${first?.what ?? 'changed'}, and there is no snapshot of it to go back to.`,
    'Choose an empty directory, or "--overwrite never".',
    isOwn ? {} : { server: server.name },
  );
};

export const noDirectory = (server: string, path: string): Fault =>
  fault(
    'no-such-file',
    `There is no directory ${harmless(path)} on ${server}, or a symbolic link is on the way to it.`,
    'Make it first, and write it as it is without symbolic links.',
    { server },
  );

export const wasApart = (server: string, path: string): Fault =>
  fault(
    'nested-subvolumes',
    `${harmless(path)} on ${server} was a subvolume of its own, so what it held is not in that snapshot.`,
    'Name that subvolume, and a snapshot of it.',
    { server },
  );

export const isElsewhere = (server: string, path: string): Fault =>
  fault(
    'nested-subvolumes',
    `${harmless(path)} on ${server} is another subvolume, or something is mounted on it.`,
    'Name that subvolume itself, and a snapshot of it.',
    { server },
  );

export const noPattern = (): Fault =>
  fault(
    'usage',
    'A pattern of --include or --exclude is empty.',
    'Name what it means, such as "*.txt", or leave it out.',
  );
