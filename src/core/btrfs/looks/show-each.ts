/** Decides how several subvolumes are looked at by their paths in one command, and what the answer says of each. */
import { asUser, type Command } from '../../model/command.ts';
import { PARTS_HEAD } from '../ask/part-script.ts';
import { parseSections, sectionFinder } from '../read/sections.ts';

export interface ShowScript {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** Absolute paths. */
  readonly paths: readonly string[];
}

/** What `btrfs subvolume show` of each says, in a section `show INDEX`. The nonce is given on stdin. */
export const showEachCommand = ({ sudo, paths }: ShowScript): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-show', sudo.join(' '), ...paths);

const SCRIPT = `
${PARTS_HEAD}
I=0
for path; do
  part "show $I" $SUDO btrfs subvolume show -- "$path"
  I=$((I + 1))
done
exit 0
`;

/** As `btrfs subvolume show` of one path says it. */
export interface Shown {
  readonly code: number;
  /** `parseShow` reads it. */
  readonly stdout: string;
  readonly stderr: string;
}

/** In the order of the paths; null: it did not tell of that one. */
export function parseShowEach(nonce: string, count: number, output: string): (Shown | null)[] {
  const sectionOf = sectionFinder(parseSections(nonce, output));
  return Array.from({ length: count }, (_, index) => {
    const section = sectionOf('show', String(index));
    if (section === undefined || section.code === null) return null;
    return { code: section.code, stdout: section.lines.join('\n'), stderr: section.errors.join('\n') };
  });
}
