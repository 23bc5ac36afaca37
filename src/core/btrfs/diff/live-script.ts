/**
 * Decides how what has changed in a subvolume until now is asked for: a send stream takes a read-only snapshot, so one is
 * made for it and deleted after it, by the same command, whatever becomes of whoever asked.
 */
import { asUser, type Command } from '../../model/command.ts';
import { DELETE_WORDS, estimateCommand, SNAPSHOT_WORDS } from '../ask/commands.ts';
import { REACH_FUNCTIONS } from '../ask/reach-script.ts';
import { SAY_NOT_ENTERED } from '../ask/way-script.ts';

export interface LiveOrder {
  readonly sudo: readonly string[];
  /** Absolute path of the subvolume. */
  readonly source: string;
  /** Where the snapshot is made, as `belowMount` gives it. */
  readonly directory: string;
  /** As `passingName` (model/change) makes it. */
  readonly name: string;
  /** Absolute path of the snapshot that it is compared with, through the same mount as the directory. */
  readonly base: string;
  /** Names in the directory of those that were left behind, by a loss of power. */
  readonly left: readonly string[];
}

/** It ends with this where no snapshot could be made; stderr says why. */
export const NOT_MADE = 74;
/** Begins the line on stderr that says that the snapshot could not be deleted. */
export const STAYED = 'btrfleet-stayed';

const words = (all: readonly string[]): string => all.join(' ');
const SEND = words(
  estimateCommand({ snapshot: '', base: '$BASE', compress: false }).argv.slice(0, -1),
).replace('$BASE', '"$BASE"');

/** A signal to the shell ends what it waits for through its closed output alone, and the snapshot is deleted all the same. */
const SCRIPT = `${REACH_FUNCTIONS}
SUDO=$1 SOURCE=$2 DIRECTORY=$3 NAME=$4 BASE=$5
shift 5
straight "$SOURCE" && enter "$DIRECTORY" make || ${SAY_NOT_ENTERED}
for old; do
  ! plain "$old" || $SUDO ${words(DELETE_WORDS)} "$AT/$old" >/dev/null 2>&1 </dev/null
done
[ ! -e "$AT/$NAME" ] && plain "$NAME" || ${SAY_NOT_ENTERED}
trap : HUP INT TERM PIPE
$SUDO ${words(SNAPSHOT_WORDS)} "$SOURCE" "$AT/$NAME" >/dev/null </dev/null || exit ${NOT_MADE}
$SUDO ${SEND} "$AT/$NAME" </dev/null
CODE=$?
exec >/dev/null
$SUDO ${words(DELETE_WORDS)} "$AT/$NAME" >/dev/null 2>&1 </dev/null || echo "${STAYED} $NAME" >&2
exit $CODE
`;

/** The stream on stdout, without data. */
export const liveCommand = ({ sudo, source, directory, name, base, left }: LiveOrder): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-diff', sudo.join(' '), source, directory, name, base, ...left);
