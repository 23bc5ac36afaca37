/** Decides how some files of a tree are sent: as one tar stream of just those, with all that btrfs keeps of a file. */
import { asRoot, type Command } from '../../model/command.ts';
import { bytesOfNames } from '../../model/file-name.ts';
import { WALK_FUNCTIONS } from './walk.ts';

/** The tree is another one than it was, or not there. */
export const PACK_CHANGED = 73;
/** There is no GNU tar. */
export const PACK_LACKS = 74;

/** Their times to the nanosecond, in the format of POSIX; what has no other place in it goes as attributes. */
export const TAR_KEEPS = '--acls --xattrs --xattrs-include=*';

/** What is sent is given on stdin (`packInput`), and nothing else is. */
export const packCommand = ({
  root,
  uuid,
}: {
  readonly root: string;
  readonly uuid: string | null;
}): Command => asRoot('sh', '-c', SCRIPT, 'btrfleet-pack', root, uuid ?? '');

/** A directory is sent without what is in it. */
export const packInput = (paths: readonly string[]): Uint8Array =>
  bytesOfNames(paths.map((path) => `./${path}\0`));

const SCRIPT = `LC_ALL=C; TZ=UTC; export LC_ALL TZ
set -f
${WALK_FUNCTIONS}
is_gnu tar || exit ${PACK_LACKS}
stand "$1" "$2" || exit ${PACK_CHANGED}
exec tar -c -S --format=posix --pax-option=delete=atime,delete=ctime ${TAR_KEEPS} --numeric-owner --no-recursion --null -T - -f -
`;
