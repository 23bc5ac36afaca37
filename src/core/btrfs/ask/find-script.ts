/** Decides what is asked to find names in trees of files, one tree after the other. */
import { asUser, type Command } from '../../model/command.ts';
import { encodedName, FILE_WAY } from './file-way.ts';

/**
 * What `find` prints begins with a dot, what the script says with a slash; all ends with a NUL. A code other than 0: it has
 * not seen all. One process for each tree, as there may be hundreds.
 */
const SCRIPT = `${FILE_WAY}
decode_name "$2"; PATTERN=$NAME NUMBER=-1
while IFS= read -r LINE; do
  NUMBER=$((NUMBER + 1))
  to_root "\${LINE#? }" || { printf '/lost %s %s\\0' "$NUMBER" "$WHY"; continue; }
  printf '/tree %s\\0' "$NUMBER"
  find . -xdev -mindepth 1 "$1" "$PATTERN" -print0 </dev/null 2>/dev/null
  printf '/end %s %s\\0' "$NUMBER" "$?"
done
`;

/**
 * Its input: `treesInput`. Read by `createFindReader`. The pattern is as find(1) has it: `*`, `?`, `[…]`; of the base
 * name, or, `whole`, of the path below the root, where `*` stands for slashes, too.
 */
export const findCommand = (pattern: Uint8Array, whole: boolean): Command => {
  const words = whole ? Uint8Array.from([...DOT_SLASH, ...pattern]) : pattern;
  return asUser('sh', '-c', SCRIPT, 'btrfleet-find', whole ? '-path' : '-name', encodedName(words));
};

const DOT_SLASH = [0x2e, 0x2f];
