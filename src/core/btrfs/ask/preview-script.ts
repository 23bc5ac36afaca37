/** Decides what is asked to read the beginning of one file, and reads the answer. No link is followed, and no pipe waited for. */
import { asUser, type Command } from '../../model/command.ts';
import { encodedName, FILE_WAY } from './file-way.ts';

/** One line of its own, which begins with a slash, then the bytes of the file. */
const SCRIPT = `${FILE_WAY}
to_root "$1" || { echo "/lost $WHY"; exit; }
DEVICE=$(stat -c %d .)
decode_name "$2"
to_parent "$NAME" || { echo "/stopped $WHY $DEPTH"; exit; }
if [ "$(stat -c %d .)" != "$DEVICE" ]; then WHY=other
elif [ -L "./$LAST" ]; then WHY=link
elif [ ! -e "./$LAST" ]; then WHY=gone
elif [ ! -f "./$LAST" ]; then WHY=file
elif [ ! -r "./$LAST" ]; then WHY=closed
else
  echo /content
  exec head -c "$3" <"./$LAST"
fi
echo "/stopped $WHY $DEPTH"
`;

/** `root`: of the tree; `inside`: below it, as bytes; `most`: so many bytes are told. */
export const previewCommand = (root: string, inside: Uint8Array, most: number): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-preview', root, encodedName(inside), String(most));

export type SaidPreview =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  /** `depth`: steps that were taken below the root; null: the root itself could not be got to. */
  | { readonly kind: 'stopped'; readonly why: string; readonly depth: number | null }
  /** It was cut off before it said anything. */
  | { readonly kind: 'unknown' };

const LINE_END = 0x0a;
/** Far longer than any line of the script. */
const LONGEST = 100;

export function parsePreview(output: Uint8Array): SaidPreview {
  const end = output.subarray(0, LONGEST).indexOf(LINE_END);
  const [word, why = '', depth = ''] = new TextDecoder()
    .decode(output.subarray(0, Math.max(0, end)))
    .split(' ');
  if (word === '/content') return { kind: 'content', bytes: output.subarray(end + 1) };
  if (word === '/lost') return { kind: 'stopped', why, depth: null };
  return word === '/stopped' ? { kind: 'stopped', why, depth: Number(depth) } : { kind: 'unknown' };
}
