/**
 * Decides how snapshots are asked when they were last written to, all in one command, and what the answer says. The
 * first command of a send stream tells `ctransid`; making btrfs begin one also brings what was received to the disk.
 */
import { asUser, type Command } from '../../model/command.ts';
import { PARTS_HEAD } from '../ask/part-script.ts';
import { parseSections, sectionFinder } from '../read/sections.ts';
import { parseReceived, parseShow } from '../read/show.ts';

export interface ProofScript {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** Absolute paths of read-only snapshots. */
  readonly paths: readonly string[];
}

/**
 * Sections `show` and `header`, each with the index of the path; the stream is closed after its first command. First the
 * `gen`: what is written in between then shows at the next look. The nonce is given on stdin.
 */
export const proofCommand = ({ sudo, paths }: ProofScript): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-proof', sudo.join(' '), ...paths);

/** Longer than the header of a stream and its first command: a name has 255 bytes at most. */
const FIRST_BYTES = 512;

const SCRIPT = `
${PARTS_HEAD}
header() { $SUDO btrfs send -q --no-data -- "$1" 2>/dev/null | head -c ${FIRST_BYTES} | od -An -v -tx1; }
I=0
for path; do
  part "show $I" $SUDO btrfs subvolume show -- "$path"
  part "header $I" header "$path"
  I=$((I + 1))
done
exit 0
`;

export interface LookedCloser {
  readonly uuid: string;
  /** As it was before `changed`. */
  readonly generation: number;
  readonly changed: number;
  readonly received: { readonly transid: number; readonly atSeconds: number } | null;
}

/** In the order of the paths; null: it did not tell. */
export function parseProof(nonce: string, count: number, output: string): (LookedCloser | null)[] {
  const sectionOf = sectionFinder(parseSections(nonce, output).filter(({ code }) => code === 0));
  return Array.from({ length: count }, (_, index) => {
    const changed = changedTransid(sectionOf('header', String(index))?.lines.join(' ') ?? '');
    const text = sectionOf('show', String(index))?.lines.join('\n') ?? '';
    const shown = parseShow(text);
    if (changed === null || !shown.ok || shown.value.uuid === null || !shown.value.readOnly) return null;
    const { uuid, generation } = shown.value;
    return { uuid, generation, changed, received: parseReceived(text) };
  });
}

/** Magic, version; u32 length, u16 command, u32 checksum. */
const FIRST_ATTRIBUTE = 17 + 10;
const SUBVOLUME = 1;
const CTRANSID = 2;

/** From the bytes in hexadecimal; null: they are not the beginning of a full send. */
export function changedTransid(hexadecimal: string): number | null {
  const bytes = Uint8Array.from(hexadecimal.split(/\s+/).filter(Boolean), (byte) =>
    Number.parseInt(byte, 16),
  );
  const view = new DataView(bytes.buffer);
  const isStream = String.fromCharCode(...bytes.subarray(0, 13)) === 'btrfs-stream\0';
  if (!isStream || bytes.length < FIRST_ATTRIBUTE || view.getUint16(21, true) !== SUBVOLUME) return null;
  for (let at = FIRST_ATTRIBUTE; at + 4 <= bytes.length; at += 4 + view.getUint16(at + 2, true)) {
    const isWhole = view.getUint16(at + 2, true) === 8 && at + 12 <= bytes.length;
    if (view.getUint16(at, true) === CTRANSID && isWhole) return Number(view.getBigUint64(at + 4, true));
  }
  return null;
}
