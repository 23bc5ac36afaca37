// Writes what the inventory script prints on a server with one filesystem and many snapshots of one subvolume.

export interface SimulatedInventory {
  readonly nonce: string;
  /** Which server; its uuids follow from it. */
  readonly index: number;
  readonly snapshots: number;
}

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

export function inventoryText({ nonce, index, snapshots }: SimulatedInventory): string {
  const filesystem = uuid(index, 0);
  const part = (title: string, lines: readonly string[]): string =>
    `${nonce} ${title}\n${lines.map((line) => `|${line}\n`).join('')}${nonce} end 0\n`;
  const made = madeOf(index, snapshots);
  const rows: readonly Row[] = [{ id: 256, path: 'data', own: uuid(index, 1), parent: null }, ...made];
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
        .map(({ id, path }) => `ID ${id} gen ${id} top level 5 received_uuid ${NONE} path ${path}`),
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
}

const madeOf = (index: number, snapshots: number) =>
  Array.from({ length: snapshots }, (_, hour) => {
    const at = new Date(START + hour * HOUR).toISOString();
    return {
      id: 257 + hour,
      path: `.snapshots/data/${at}`,
      own: uuid(index, 2 + hour),
      parent: uuid(index, 1),
      time: at.slice(0, 19).replace('T', ' '),
    };
  });

const fullLine = ({ id, path, own, parent }: Row): string =>
  `ID ${id} gen ${id} cgen ${id} parent 5 top level 5 parent_uuid ${parent ?? NONE} received_uuid ${NONE} uuid ${own} path ${path}`;

const findmnt = (filesystem: string): string =>
  JSON.stringify({
    filesystems: [
      {
        target: '/srv/pool',
        'maj:min': '0:39',
        uuid: filesystem,
        size: 1_099_511_627_776,
        used: 549_755_813_888,
        avail: 549_755_813_888,
      },
    ],
  });

const uuid = (index: number, number: number): string =>
  `${index.toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
