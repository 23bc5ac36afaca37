/**
 * Decides how a receive is begun so that whatever it leaves behind can be known as ours: nothing of that name may be
 * there, nobody else may be receiving it, and the marks come before the data.
 */
import { asUser, type Command } from '../model/command.ts';
import { NO_DIRECTORY } from './lock-script.ts';

/** Something of that name is there already. */
export const NAME_TAKEN = 74;
/** Somebody else has marked it as being received. */
export const MARKED_ELSEWHERE = 76;

/** With one of these codes nothing was begun, so there is nothing of ours to remove. */
export const notBegun = (code: number | null): boolean =>
  code === NO_DIRECTORY || code === NAME_TAKEN || code === MARKED_ELSEWHERE;

/** The mark is made by `mkdir` without `-p`: of two that try at once, one fails. */
const SCRIPT = `
SUDO=$1 REPLICA=$2 MARK=$3 OWNER=$4
shift 4
[ -e "$REPLICA" ] && exit ${NAME_TAKEN}
[ -z "$SUDO" ] || ! $SUDO btrfs subvolume show -- "$REPLICA" </dev/null >/dev/null 2>&1 || exit ${NAME_TAKEN}
$SUDO mkdir -p -- "\${MARK%/*}" "$OWNER" </dev/null || exit ${NO_DIRECTORY}
if ! said=$($SUDO mkdir -- "$MARK" </dev/null 2>&1); then
  printf '%s\\n' "$said" >&2
  case $said in *'File exists'*) exit ${MARKED_ELSEWHERE} ;; esac
  exit ${NO_DIRECTORY}
fi
exec $SUDO "$@"
`;

/** `receive` takes the stream and makes `replica`; `mark` and `owner` are the directories that mark it. */
export const markedReceiveCommand = (receive: {
  readonly sudo: readonly string[];
  /** Absolute path of what the receive makes. */
  readonly replica: string;
  readonly mark: string;
  readonly owner: string;
  readonly receive: Command;
}): Command =>
  asUser(
    'sh',
    '-c',
    SCRIPT,
    'sh',
    receive.sudo.join(' '),
    receive.replica,
    receive.mark,
    receive.owner,
    ...receive.receive.argv,
  );
