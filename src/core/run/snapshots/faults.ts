/** Decides what is told when the command that makes snapshots did not do its work, or nobody waited for its end. */
import { lastOf } from '../../btrfs/messages/classify.ts';
import { escaped } from '../../btrfs/messages/escaped.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Server } from '../../model/server.ts';

export const lockedElsewhere = (server: string, directories: string): Fault =>
  fault(
    'locked',
    `Another btrfleet is making snapshots in ${directories} on ${server}.`,
    'Wait for it to finish: a command before or after its snapshot may take long. Nothing was done here.',
    { server },
  );

export const lacksTool = (server: string, tool: string): Fault =>
  fault(
    'tool-missing',
    `${server} has no ${tool} that ${tool === 'date' ? 'gives names to snapshots' : 'can run the command around the snapshot'}, so nothing was done.`,
    `Install it on ${server}: apt install coreutils util-linux (Debian, Ubuntu), apk add coreutils util-linux (Alpine).`,
    { server },
  );

export const brokeOff = (server: string, stderr: string): Fault =>
  fault(
    'command-failed',
    `The command that makes snapshots broke off on ${server}${stderr.trim() === '' ? '.' : `: ${escaped(lastOf(stderr))}`}`,
    '',
    { server },
  );

/** The command was begun and its end was not seen: it is not known what it has done. */
export function goesOn(why: Fault, hasHooks: boolean): Fault {
  const cancelled = why.code === 'cancelled';
  const words = [
    why.message,
    cancelled && hasHooks
      ? `${why.server} was told to begin no snapshot any more.`
      : 'Snapshots may have been made all the same.',
    ...(hasHooks
      ? ['What was begun there goes to its end without btrfleet, the command after the snapshot included.']
      : []),
  ];
  const reach = cancelled ? '' : 'Make sure that the server is up and can be reached. ';
  return {
    ...why,
    message: words.join(' '),
    hint: `${reach}Look at what was made with "btrfleet snapshot list".`,
  };
}

export const unlockedText = (
  { name, user }: Pick<Server, 'name' | 'user'>,
  directories: readonly string[],
): string =>
  `${directories.join(', ')} on ${name} could not be locked as ${user} (the right to read it, or flock of util-linux, is missing): another manager with the same policy may make a second snapshot.`;
