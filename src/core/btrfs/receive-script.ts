/** Decides how a receive is begun so that whatever it leaves behind can be known as ours: first the marks, then the data. */
import { asUser, type Command } from '../model/command.ts';
import { NO_DIRECTORY } from './lock-script.ts';

const SCRIPT = `
SUDO=$1 MARK=$2 OWNER=$3
shift 3
$SUDO mkdir -p -- "$MARK" "$OWNER" </dev/null || exit ${NO_DIRECTORY}
exec $SUDO "$@"
`;

/** `receive` is the command that takes the stream; `mark` and `owner` are the directories that mark it. */
export const markedReceiveCommand = (receive: {
  readonly sudo: readonly string[];
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
    receive.mark,
    receive.owner,
    ...receive.receive.argv,
  );
