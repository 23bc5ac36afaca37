// Writes what the inventory script prints on a server with one filesystem and many snapshots of one subvolume, the
// primary's own or on any other server replicas of them, and what a closer look at some of these finds: all is well.
import type { Proof } from '../../src/core/model/proof.ts';

export interface SimulatedInventory {
  readonly nonce: string;
  /** Which server; its uuids follow from it. 0 is the primary. */
  readonly index: number;
  readonly snapshots: number;
}

const HOUR = 3_600_000;
/** Of the newest snapshot: the last full hour when this was started. */
const NEWEST = Math.floor(Date.now() / HOUR) * HOUR;

export function inventoryText({ nonce, index, snapshots }: SimulatedInventory): string {
  const filesystem = uuid(index, 0);
  const part = (title: string, lines: readonly string[]): string => section(nonce, title, lines);
  return [
    part('mountinfo', [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '43 27 0:39 / /srv/pool rw,relatime - btrfs /dev/loop0 rw,subvolid=5,subvol=/',
    ]),
    part('findmnt', [findmnt(filesystem)]),
    part('devices', [`/sys/fs/btrfs/${filesystem}/devices/loop0`]),
    part('marks 43', []),
    part('source 0:39', ['/dev/loop0']),
    ...listsOf(index, snapshots).map(({ title, text }) => framed(nonce, `${title} 0:39 43`, text)),
  ].join('');
}

interface List {
  readonly title: string;
  readonly text: string;
}

const lists = new Map<number, readonly List[]>();

/** Worked out once: each server of a real fleet has a processor of its own to print them. */
export function listsOf(index: number, snapshots: number): readonly List[] {
  const known = lists.get(index);
  if (known) return known;
  const made = madeOf(index, snapshots);
  const live = { id: 256, path: 'data', own: uuid(index, 1), parent: null, received: null };
  const rows: readonly Row[] = [...(index === 0 ? [live] : []), ...made];
  const found = [
    { title: 'ascending', text: textOf(rows.map(fullLine)) },
    {
      title: 'readonly',
      text: textOf(made.map(({ id, path }) => `ID ${id} gen ${id} top level 5 path ${path}`)),
    },
    {
      title: 'snapshots',
      text: textOf(
        made.map(
          ({ id, path, time }) => `ID ${id} gen ${id} cgen ${id} top level 5 otime ${time} path ${path}`,
        ),
      ),
    },
    {
      title: 'descending',
      text: textOf(
        rows
          .toReversed()
          .map(
            ({ id, path, received }) =>
              `ID ${id} gen ${id} top level 5 received_uuid ${received ?? NONE} path ${path}`,
          ),
      ),
    },
  ];
  lists.set(index, found);
  return found;
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const section = (nonce: string, title: string, lines: readonly string[]): string =>
  framed(nonce, title, textOf(lines));

const framed = (nonce: string, title: string, text: string): string =>
  `${nonce} ${title}\n${text}\n${nonce} end 0\n`;

/** What is remembered of replicas that were received whole; none of the primary's own snapshots. */
export const simulatedProofs = (
  index: number,
  snapshots: number,
): { filesystem: string; proofs: Proof[] } => ({
  filesystem: uuid(index, 0),
  proofs: madeOf(index, index === 0 ? 0 : snapshots).map(({ id, own }) => ({
    uuid: own,
    generation: id,
    changed: id,
    doubt: null,
    tried: 0,
  })),
});

/** Of the snapshots whose paths stand in the command, in their order. */
export function proofText({ nonce, index, snapshots }: SimulatedInventory, command: string): string {
  const rows = new Map(madeOf(index, snapshots).map((row) => [row.path, row]));
  const asked = [...command.matchAll(/\/srv\/pool\/(\.snapshots\/data\/[0-9T:.Z-]+)/g)];
  return asked
    .map(([, path = ''], at) => {
      const row = rows.get(path);
      if (!row) return '';
      return section(nonce, `show ${at}`, shown(row)) + section(nonce, `header ${at}`, [header(row.id)]);
    })
    .join('');
}

function shown({ id, path, own, parent, received, time }: ReturnType<typeof madeOf>[number]): string[] {
  const fields = {
    Name: path.slice(path.lastIndexOf('/') + 1),
    UUID: own,
    'Parent UUID': parent ?? '-',
    'Received UUID': received ?? '-',
    'Creation time': `${time} +0000`,
    'Subvolume ID': id,
    Generation: id,
    'Gen at creation': id,
    'Parent ID': 5,
    'Top level ID': 5,
    Flags: 'readonly',
    'Send transid': id,
    'Send time': `${time} +0000`,
    'Receive transid': id + 1,
    'Receive time': `${time} +0000`,
  };
  return [path, ...Object.entries(fields).map(([label, value]) => `\t${label}:\t\t${value}`)];
}

/** The beginning of a full send: one command, `subvol`, with one attribute, `ctransid`. */
function header(ctransid: number): string {
  const bytes = Buffer.alloc(39);
  bytes.write('btrfs-stream\0');
  bytes.writeUInt32LE(1, 13);
  bytes.writeUInt32LE(12, 17);
  bytes.writeUInt16LE(1, 21);
  bytes.writeUInt16LE(2, 27);
  bytes.writeUInt16LE(8, 29);
  bytes.writeBigUInt64LE(BigInt(ctransid), 31);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** As wide as a uuid. */
const NONE = '-'.padEnd(36);

interface Row {
  readonly id: number;
  readonly path: string;
  readonly own: string;
  readonly parent: string | null;
  readonly received: string | null;
}

const madeOf = (index: number, snapshots: number) =>
  Array.from({ length: snapshots }, (_, hour) => {
    const at = new Date(NEWEST - (snapshots - 1 - hour) * HOUR).toISOString();
    return {
      id: 257 + hour,
      path: `.snapshots/data/${at}`,
      own: uuid(index, 2 + hour),
      parent: index === 0 ? uuid(0, 1) : null,
      received: index === 0 ? null : uuid(0, 2 + hour),
      time: at.slice(0, 19).replace('T', ' '),
    };
  });

const fullLine = ({ id, path, own, parent, received }: Row): string =>
  `ID ${id} gen ${id} cgen ${id} parent 5 top level 5 parent_uuid ${parent ?? NONE} received_uuid ${received ?? NONE} uuid ${own} path ${path}`;

/** Bytes; something is written between two looks. */
let written = 0;

const findmnt = (filesystem: string): string => {
  written += 4096;
  return JSON.stringify({
    filesystems: [
      {
        target: '/srv/pool',
        'maj:min': '0:39',
        uuid: filesystem,
        size: 1_099_511_627_776,
        used: 549_755_813_888 + written,
        avail: 549_755_813_888 - written,
      },
    ],
  });
};

/** As hard to pack as a real one. */
function uuid(index: number, number: number): string {
  const [a = '', b = '', c = '', d = ''] = [1, 2, 3, 4].map((word) => mixed(index, number, word));
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

/** Eight hexadecimal digits; the last step of MurmurHash3, which leaves no pattern. */
function mixed(...numbers: readonly number[]): string {
  let hash = 0;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
