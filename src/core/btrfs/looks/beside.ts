/**
 * Decides how snapshots of one directory are looked at all together: one `show` says which line of the lists is which
 * path, and the lists say the rest. A `show` of each would walk all subvolumes of the filesystem for each.
 */
import { asUser, type Command } from '../../model/command.ts';
import { PART, READ_NONCE } from '../ask/part-script.ts';
import { parseSections, type Section } from '../read/sections.ts';
import { parseShow } from '../read/show.ts';
import { parseSubvolumeList } from '../read/subvolume-list.ts';
import { trustedSubvolumes } from '../read/trusted-subvolumes.ts';

export interface BesideScript {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** Absolute path. */
  readonly directory: string;
  /** Name in the directory of what is shown; null: only what there is on the filesystem is listed. */
  readonly first: string | null;
}

/** The nonce is given on stdin. */
export const besideCommand = ({ sudo, directory, first }: BesideScript): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-beside', sudo.join(' '), directory, first ?? '');

const SCRIPT = `
${READ_NONCE}
SUDO=$1 D=$2 FIRST=$3
LC_ALL=C; TZ=UTC; export LC_ALL TZ
exec 3>&1
${PART}
# A link leads to another directory, of which the lists would then speak.
[ -z "$FIRST" ] || { [ ! -L "$D/$FIRST" ] && part show $SUDO btrfs subvolume show -- "$D/$FIRST"; }
part ascending $SUDO btrfs subvolume list -puqRcg --sort=rootid -- "$D"
[ -n "$FIRST" ] || exit 0
part readonly $SUDO btrfs subvolume list -r --sort=rootid -- "$D"
part descending $SUDO btrfs subvolume list -R --sort=-rootid -- "$D"
exit 0
`;

export interface Beside {
  readonly id: number;
  readonly uuid: string;
  readonly readOnly: boolean;
}

/** What lies in the directory, by its name. Empty where that is not beyond doubt: then each is to be shown. */
export function parseBeside(nonce: string, output: string, first: string): ReadonlyMap<string, Beside> {
  const sections = wholeSections(nonce, output);
  const shown = parseShow(sections.get('show')?.lines.join('\n') ?? '');
  if (sections.size < 4 || !shown.ok) return new Map();
  const linesOf = (name: string): readonly string[] => sections.get(name)?.lines ?? [];
  const trusted = trustedSubvolumes(
    {
      ascending: parseSubvolumeList('full', linesOf('ascending')),
      readOnly: parseSubvolumeList('plain', linesOf('readonly')),
      snapshots: [],
      descending: parseSubvolumeList('received', linesOf('descending')),
    },
    { server: '', mount: '' },
  );
  if (!trusted.ok) return new Map();
  const { subvolumes } = trusted.value;
  const { id, uuid: shownUuid } = shown.value;
  const anchor = subvolumes.find((one) => one.id === id);
  if (!anchor || anchor.uuid === null || anchor.uuid !== shownUuid || !anchor.path.endsWith(`/${first}`))
    return new Map();
  const directory = anchor.path.slice(0, -first.length);
  return new Map(
    subvolumes.flatMap(({ id, uuid, path, parentId, readOnly }) => {
      const name = path.slice(directory.length);
      const isBeside = path.startsWith(directory) && !name.includes('/') && parentId === anchor.parentId;
      return isBeside && uuid !== null ? [[name, { id, uuid, readOnly }] as const] : [];
    }),
  );
}

export interface Uuids {
  /** Those the list has anywhere, believed or not: what is not among them is not on the filesystem. */
  readonly anywhere: ReadonlySet<string>;
  /** By id, each one's own. A replica on another filesystem has that of its source, too, as the received one. */
  readonly own: ReadonlyMap<number, string | null>;
}

/** Null: the list was not taken to its end. */
export function parseUuids(nonce: string, output: string): Uuids | null {
  const list = wholeSections(nonce, output).get('ascending');
  if (list === undefined) return null;
  const entries = parseSubvolumeList('full', list.lines).flatMap(({ entry }) => entry ?? []);
  return {
    anywhere: new Set(list.lines.join('\n').match(UUID)),
    own: new Map(entries.map(({ id, uuid }) => [id, uuid])),
  };
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Those that came to a good end. */
const wholeSections = (nonce: string, output: string): ReadonlyMap<string, Section> =>
  new Map(
    parseSections(nonce, output).flatMap((section) =>
      section.code === 0 ? [[section.title[0] ?? '', section] as const] : [],
    ),
  );
