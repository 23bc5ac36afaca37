/**
 * Decides how the command of a hook is run on a server: as the login, with a time limit, its last words kept. It
 * never waits for what the command leaves behind, and nothing that the command writes can be taken for ours.
 */

/** Seconds between the signal that asks a command to end and the one that ends it. */
export const HOOK_GRACE_SECONDS = 5;
/** Of what a hook writes, on both its outputs together, the last bytes are kept. */
export const HOOK_OUTPUT_BYTES = 2000;

/**
 * `hook TITLE SECONDS COMMAND` adds a section `TITLE CENTISECONDS` to REPORT, with the exit code as its end, and sets
 * CODE. It needs `up` and NL.
 *
 * A child that the command leaves behind may hold the command's output open for ever. So between the command and
 * `tail` there is a `cat`, which has a second more than the command to pass on what is left, and is then ended. The
 * exit code comes on a way of its own (3); what is printed goes to 4; 5 is where the first line goes, which is the
 * code, the time, and who will end the `cat`: it is there before `tail` says anything, because 4 stays open until it is.
 */
export const HOOK_FUNCTION = `
hook() {
  up
  began=$CENTI
  heard=$(
    exec 5>&1
    {
      ended=$(
        {
          { timeout -k ${HOOK_GRACE_SECONDS} "$2" sh -c "$3" </dev/null 2>&1 3>&- 4>&- 5>&-
            echo "code=$?" >&3; } | cat >&4 3>&- 5>&- &
          echo "cat=$!" >&3
        } 3>&1
      )
      code= cat=
      for word in $ended; do
        case $word in code=*) code=\${word#*=} ;; cat=*) cat=\${word#*=} ;; esac
      done
      up
      ( sleep 1; kill "$cat" ) </dev/null >/dev/null 2>&1 4>&- 5>&- &
      echo "$code $((CENTI - began)) $!" >&5
    } 4>&1 | tail -c ${HOOK_OUTPUT_BYTES} | tr -d '\\000' | sed 's/^/|/'
  )
  first=\${heard%%"$NL"*}
  kill "\${first##* }" 2>/dev/null
  CODE=\${first%% *} took=\${first#* }
  REPORT="$REPORT$NONCE $1 \${took%% *}$NL\${heard#"$first"}$NL$NONCE end $CODE$NL"
}
`;
