/** Decides what one line of `btrfs subvolume list` says; whether to believe it is decided in trusted-subvolumes. */

/** Which columns a list was asked for; each is `list` with these options. */
export type ListForm =
  /** `-puqRcg` */
  | 'full'
  /** `-r` */
  | 'plain'
  /** `-s`, run with TZ=UTC */
  | 'dated'
  /** `-R` */
  | 'received';

/** One line as it was read. */
export interface ListLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Null when the line is not of the form that was asked for. */
  readonly entry: ListEntry | null;
  /** Tells lines apart in lists of all forms: the id, or the text of a line that has none of them. */
  readonly key: string;
}

/** Null is also what a list of this form does not tell. */
export interface ListEntry {
  readonly id: number;
  readonly generation: number;
  readonly createdGeneration: number | null;
  /** The subvolume it lies in; 5 is the top level. */
  readonly parentId: number;
  readonly parentUuid: string | null;
  readonly receivedUuid: string | null;
  /** Null for one made by a kernel before 3.7. */
  readonly uuid: string | null;
  /** As listed: from the top level, or from the listed mount's own subvolume for what lies inside that one. */
  readonly path: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string | null;
}

const UUID = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|-) *';

/** `has`: says of cgen, parent, otime, parent_uuid, received_uuid and uuid whether they are there: `y`, `n`, or maybe. */
function columnsOf(has: string): RegExp {
  const [cgen, parent, otime, parentUuid, receivedUuid, uuid] = [
    ' cgen (\\d+)',
    ' parent (\\d+)',
    ' otime (\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d|-)',
    ` parent_uuid ${UUID}`,
    ` received_uuid ${UUID}`,
    ` uuid ${UUID}`,
  ].map((column, index) => {
    if (has[index] === 'y') return column;
    // It keeps its number among the others, and never matches.
    return has[index] === 'n' ? '($.)?' : `(?:${column})?`;
  });
  const text = `^ID (\\d+) gen (\\d+)${cgen}${parent} top level (\\d+)${otime}${parentUuid}${receivedUuid}${uuid} path (.+)$`;
  return new RegExp(text, 's');
}

const ANY = columnsOf('??????');

const COLUMNS: Readonly<Record<ListForm, RegExp>> = {
  full: columnsOf('yynyyy'),
  plain: columnsOf('nnnnnn'),
  dated: columnsOf('ynynnn'),
  received: columnsOf('nnnnyn'),
};

export const parseSubvolumeList = (form: ListForm, lines: readonly string[]): ListLine[] =>
  lines.map((text, index) => {
    const match = COLUMNS[form].exec(text);
    const id = (match ?? ANY.exec(text))?.[1];
    const key = id === undefined ? `"${text}` : id;
    return { number: index + 1, text, entry: match === null ? null : entryOf(match), key };
  });

function entryOf(columns: readonly (string | undefined)[]): ListEntry | null {
  const [, id, generation, cgen, , topLevel, otime, parentUuid, receivedUuid, uuid, path] = columns;
  if (path === undefined) return null;
  return {
    id: Number(id),
    generation: Number(generation),
    createdGeneration: cgen === undefined ? null : Number(cgen),
    parentId: Number(topLevel),
    parentUuid: orNull(parentUuid),
    receivedUuid: orNull(receivedUuid),
    uuid: orNull(uuid),
    path,
    createdAt: otime === undefined || otime === '-' ? null : `${otime.replace(' ', 'T')}.000Z`,
  };
}

const orNull = (column: string | undefined): string | null =>
  column === undefined || column === '-' ? null : column;
