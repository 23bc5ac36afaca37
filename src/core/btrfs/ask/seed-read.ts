/** Decides how the parts of a seed become the stream again (ask/seed-shell). */
import type { Command } from '../../model/command.ts';
import type { SeedCoding } from '../../model/runs/seed.ts';
import { PIPE, seedScript } from './seed-shell.ts';

/** Bytes of the stream that are enough to see what it is of. */
const HEAD = 4096;

export interface SeedReading extends SeedCoding {
  readonly directory: string;
  readonly parts: number;
  /** Of all parts together, as they were checked (`digestOfParts`). */
  readonly digest: string;
  readonly identity: string | null;
}

/**
 * Bytes at the end that are not handed on before all parts are what was checked. Without them no tool of the pipe gives the
 * end of the stream away: the last block of zstd and the last chunk of age are not whole, so nothing is received.
 */
const HELD = 64;

/** All parts as one stream again, on stdout. */
export const seedPourCommand = (reading: SeedReading): Command => readWith(reading, 'pour', []);

/** The beginning of it in hexadecimal digits, for `parseSeedHead`; nothing where it cannot be unpacked or decrypted. */
export const seedHeadCommand = (reading: SeedReading): Command => readWith(reading, 'head', []);

/** A command takes the stream on the same machine; tells `at <MiB>` for each piece of a part. Ends as the command does. */
export const seedFeedCommand = (reading: SeedReading, command: Command): Command =>
  readWith(reading, 'feed', command.argv);

const readWith = (reading: SeedReading, how: 'pour' | 'head' | 'feed', words: readonly string[]): Command =>
  seedScript(
    `${PIPE}DIRECTORY=$1 PARTS=$2 ZSTD=$3 AGE=$4 IDENTITY=$5 HOW=$6 DIGEST=$7
shift 7
# What is packed may take the receive a hundred times as long as it takes to read.
[ "$HOW" != feed ] || TELLS=1 STEP=1
go "$DIRECTORY"
make() {
  n=0 LIST= last= held=0
  exec 5>&1
  while [ $n -lt "$PARTS" ]; do
    n=$((n + 1))
    named $n
    plain "$NAME" || { echo "$NAME cannot be read" >&2; exit 1; }
    size "$NAME"
    if [ $n = "$PARTS" ]; then
      held=${HELD}
      [ "$held" -le "$SIZE" ] || held=$SIZE
      for octal in $(tail -c "$held" <"$NAME" | od -A n -v -t o1); do last="$last\\\\$octal"; done
    fi
    set -- $({
      { pieces "$NAME" $((SIZE - held)) || echo "broken $?" >&3; } |
        { tee /proc/self/fd/5 || echo "broken $?" >&3; printf "$last"; } | sha256sum
    } 3>&1)
    [ "$1" != broken ] || exit "$2"
    LIST="$LIST$1 "
  done
  set -- $(printf %s "$LIST" | sha256sum)
  [ "$1" = "$DIGEST" ] || { echo 'the parts are not those that were checked' >&2; exit 1; }
  printf "$last"
}
first() { if [ -z "$AGE" ]; then exec cat; else exec age -d -i "$IDENTITY"; fi; }
second() { if [ -z "$ZSTD" ]; then exec cat; else exec zstd -q -d -c; fi; }
take() {
  case $HOW in
  pour) exec cat ;;
  head) head -c ${HEAD} | od -A n -v -t x1 ;;
  feed) exec "$@" ;;
  esac
}
through "$@"
[ "$HOW" != head ] || exit 0
done_with`,
    reading.directory,
    String(reading.parts),
    reading.compress ?? '',
    reading.encrypt ?? '',
    reading.identity ?? '',
    how,
    reading.digest,
    ...words,
  );
