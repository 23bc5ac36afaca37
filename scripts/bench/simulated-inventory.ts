// Writes what the inventory script prints on a server with one filesystem and many snapshots of one subvolume: the
// primary's own, or on any other server replicas of them.

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
  const part = (title: string, lines: readonly string[]): string =>
    `${nonce} ${title}\n${lines.map((line) => `|${line}\n`).join('')}${nonce} end 0\n`;
  const made = madeOf(index, snapshots);
  const live = { id: 256, path: 'data', own: uuid(index, 1), parent: null, received: null };
  const rows: readonly Row[] = [...(index === 0 ? [live] : []), ...made];
  return [
    part('mountinfo', [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '43 27 0:39 / /srv/pool rw,relatime - btrfs /dev/loop0 rw,subvolid=5,subvol=/',
    ]),
    part('findmnt', [findmnt(filesystem)]),
    part('devices', [`/sys/fs/btrfs/${filesystem}/devices/loop0`]),
    part('marks 43', []),
    part('source 0:39', ['/dev/loop0']),
    part('ascending 0:39 43', rows.map(fullLine)),
    part(
      'readonly 0:39 43',
      made.map(({ id, path }) => `ID ${id} gen ${id} top level 5 path ${path}`),
    ),
    part(
      'snapshots 0:39 43',
      made.map(
        ({ id, path, time }) => `ID ${id} gen ${id} cgen ${id} top level 5 otime ${time} path ${path}`,
      ),
    ),
    part(
      'descending 0:39 43',
      rows
        .toReversed()
        .map(
          ({ id, path, received }) =>
            `ID ${id} gen ${id} top level 5 received_uuid ${received ?? NONE} path ${path}`,
        ),
    ),
  ].join('');
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
