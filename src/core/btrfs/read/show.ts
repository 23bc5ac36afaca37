/** Decides what `btrfs subvolume show` says of one subvolume. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { escaped } from '../messages/escaped.ts';

export interface ShownSubvolume {
  /** Last part of its path; `<FS_TREE>` for the top level. */
  readonly name: string;
  readonly id: number;
  /** Null where btrfs shows none. */
  readonly uuid: string | null;
  readonly parentUuid: string | null;
  readonly receivedUuid: string | null;
  readonly generation: number;
  readonly createdGeneration: number;
  readonly readOnly: boolean;
  /**
   * The transaction in which a receive of it was completed, even if somebody has taken its received uuid away since
   * (`property set -f`); 0: none ever was. Null where these btrfs-progs do not tell.
   */
  readonly receiveTransid: number | null;
}

/**
 * The fields stand below the path, each after a tab. A name with a line break could put its own fields there, so
 * there must be one `Name:` only. What comes before it, or after `Flags:`, is not read. Faults: listing-failed.
 */
export function parseShow(text: string): Result<ShownSubvolume> {
  const lines = text.split('\n');
  const isName = (line: string) => line.startsWith('\tName:');
  const isPlain = lines.filter(isName).length === 1;
  const fields = lines.slice(Math.max(0, lines.findIndex(isName)));
  const value = (index: number, label: string): string | null => {
    const [, name, rest] = /^\t([A-Z][A-Za-z ]*):(.*)$/.exec(fields[index] ?? '') ?? [];
    return name === label && rest !== undefined ? rest.replace(/^[ \t]+/, '') : null;
  };
  const [name, ...ids] = LABELS.map((label, index) => value(index, label));
  const flags = value(FLAGS_AT, 'Flags') ?? value(FLAGS_AT - 1, 'Flags');
  const [uuid, parentUuid, receivedUuid, , id, generation, createdGeneration] = ids;
  const numbers = [id, generation, createdGeneration].map(Number);
  const isWhole = [name, ...ids, flags].every((field) => field !== null && field !== undefined);
  if (!isPlain || !isWhole || numbers.some(Number.isNaN)) return failed(odd(text));
  return ok({
    name: name ?? '',
    id: Number(id),
    uuid: uuidOf(uuid),
    parentUuid: uuidOf(parentUuid),
    receivedUuid: uuidOf(receivedUuid),
    generation: Number(generation),
    createdGeneration: Number(createdGeneration),
    readOnly: /\breadonly\b/.test(flags ?? ''),
    receiveTransid: receiveTransid(fields),
  });
}

/** In the order of btrfs-progs 4.2 and later; Parent ID and Top level ID come between them and Flags. */
const LABELS = [
  'Name',
  'UUID',
  'Parent UUID',
  'Received UUID',
  'Creation time',
  'Subvolume ID',
  'Generation',
  'Gen at creation',
] as const;
const FLAGS_AT = LABELS.length + 2;

export const uuidOf = (field: string | null | undefined): string | null =>
  field !== undefined && field !== null && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(field)
    ? field
    : null;

const odd = (text: string) =>
  fault(
    'listing-failed',
    `What "btrfs subvolume show" printed was not understood: ${escaped(text)}`,
    'Check the version of btrfs-progs there (4.4 or later) and that the name has no line break.',
  );

/** Among the fields in front of the list of snapshots, whose paths could say anything. */
function receiveTransid(fields: readonly string[]): number | null {
  const transid = /^\d+$/.exec(lateField(fields, 'Receive transid') ?? '')?.[0];
  return transid === undefined ? null : Number(transid);
}

function lateField(fields: readonly string[], label: string): string | null {
  const end = fields.findIndex((line) => line.startsWith('\tSnapshot(s):'));
  const line = fields
    .slice(0, end < 0 ? fields.length : end)
    .find((field) => field.startsWith(`\t${label}:`));
  return line === undefined ? null : line.slice(label.length + 2).trim();
}

/** When a receive of it was completed, from the text that `parseShow` understood, printed with TZ=UTC; null: never, or it is not told. */
export function parseReceived(text: string): { readonly transid: number; readonly atSeconds: number } | null {
  const [, ...fields] = text.split('\n');
  const transid = Number(lateField(fields, 'Receive transid') ?? 0);
  const [, day, time] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) \+0000$/.exec(lateField(fields, 'Receive time') ?? '') ?? [];
  const milliseconds = Date.parse(`${day}T${time}Z`);
  return transid > 0 && !Number.isNaN(milliseconds) ? { transid, atSeconds: milliseconds / 1000 } : null;
}
