/** The worst that a server may answer to the look at what is mounted there. */
import { parseInventory, unsizedOutput } from '../../../src/core/btrfs/read/inventory.ts';
import type { KnownPlaces } from '../../../src/core/model/place.ts';
import { endless, rows, type Worst } from './worst.ts';

const MOST = 64 * 1024 * 1024;
/** More are refused. */
const MOUNTS = 10_000;

const N = 'n0nce';

export interface Answer {
  readonly mounts: readonly string[];
  readonly findmnt?: readonly string[];
  /** Of the device 0:40, through the mount 1. */
  readonly ascending?: readonly string[];
  readonly readOnly?: readonly string[];
  readonly snapshots?: readonly string[];
  readonly descending?: readonly string[];
  /** Sections as they are. */
  readonly more?: readonly string[];
  readonly places?: KnownPlaces;
}

const section = (title: string, lines: readonly string[]): string[] => [
  `${N} ${title}`,
  ...lines,
  `${N} end 0`,
];

function outputOf(answer: Answer): string {
  const {
    mounts,
    findmnt = [FINDMNT],
    ascending = [],
    readOnly = [],
    snapshots = [],
    descending = [],
    more = [],
  } = answer;
  return [
    ...section('mountinfo', mounts),
    ...section('findmnt', findmnt),
    ...section('ascending 0:40 1', ascending),
    ...section('readonly 0:40 1', readOnly),
    ...section('snapshots 0:40 1', snapshots),
    ...section('descending 0:40 1', descending),
    ...more,
    '',
  ].join('\n');
}

const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const FINDMNT = `{"filesystems": [{"target": "/m", "maj:min": "0:40", "uuid": "${uuid(1)}"}]}`;

export function read({ places, ...answer }: Answer): () => unknown {
  const output = outputOf(answer);
  return () => {
    unsizedOutput(N, output);
    return parseInventory({
      server: 'a',
      takenAt: '2026-11-20T09:22:00.000Z',
      nonce: N,
      output,
      ...(places && { places: () => places }),
    });
  };
}

interface MountLine {
  readonly id: number;
  readonly parent?: number;
  readonly device?: string;
  readonly root?: string;
  readonly path: string;
  readonly type?: string;
  readonly subvolumeId?: number;
}

const mount = ({
  id,
  parent = 0,
  device = '0:40',
  root = '/',
  path,
  type = 'btrfs',
  subvolumeId = 5,
}: MountLine) =>
  `${id} ${parent} ${device} ${root} ${path} rw - ${type} /dev/x rw,subvolid=${subvolumeId},subvol=${root}`;

const TOP = mount({ id: 1, path: '/m' });

interface Line {
  readonly id: number;
  readonly path: string;
  readonly parentId?: number;
  readonly parentUuid?: number;
}

/** Lists of these subvolumes; read-only are those that `isReadOnly` says. */
function listed(
  bytes: number,
  line: (index: number) => Omit<Line, 'id'>,
  isReadOnly = false,
): Partial<Answer> {
  const all: Line[] = [];
  const ascending = rows(bytes / (isReadOnly ? 3 : 2), (index) => {
    const one = { id: 256 + index, ...line(index) };
    all.push(one);
    const parent = one.parentUuid === undefined ? '-' : uuid(one.parentUuid);
    return `ID ${one.id} gen 9 cgen 8 parent 5 top level ${one.parentId ?? 5} parent_uuid ${parent} received_uuid - uuid ${uuid(one.id)} path ${one.path}`;
  });
  const there = all.slice(0, ascending.length);
  const plain = there.map(
    ({ id, path, parentId = 5 }) => `ID ${id} gen 9 top level ${parentId} path ${path}`,
  );
  const descending = there.map(
    ({ id, path, parentId = 5 }) => `ID ${id} gen 9 top level ${parentId} received_uuid - path ${path}`,
  );
  return { ascending, descending: descending.reverse(), ...(isReadOnly ? { readOnly: plain } : {}) };
}

const mountLines = (bytes: number, line: (index: number) => string): string[] =>
  rows(bytes, line).slice(0, MOUNTS);

const inventory = (title: string, answer: (bytes: number) => Answer): Worst => ({
  title: `inventory: ${title}`,
  feeds: [parseInventory],
  most: MOST,
  input: (bytes) => read(answer(bytes)),
});

const name = (index: number): string =>
  `2026-11-20T08:05:${String(index % 60).padStart(2, '0')}.${String(index % 1000).padStart(3, '0')}Z`;

/** `/d`, `/d/d`, `/d/d/d` … as deep as a path may be. */
const deep = (index: number): string => '/d'.repeat(1 + (index % 2000));

const MOUNT_CASES: readonly Worst[] = [
  inventory('only line ends in place of mounts', (bytes) => ({ mounts: rows(bytes, () => '') })),
  inventory('mounts of lines without end', (bytes) => ({ mounts: endless(bytes, '/a', '1 0 0:40 / ') })),
  inventory('mounts with paths of escapes', (bytes) => ({
    mounts: endless(bytes, '\\040', '1 0 0:40 / /').map((line) => `${line} rw - btrfs x subvolid=5,subvol=/`),
  })),
  inventory('mounts beside each other', (bytes) => ({
    mounts: mountLines(bytes, (index) => mount({ id: index + 1, parent: 0, path: `/m/${index}` })),
  })),
  inventory('mounts one over the other', (bytes) => ({
    mounts: mountLines(bytes, (index) => mount({ id: index + 1, parent: index, path: '/m' })),
  })),
  inventory('mounts one in the other', (bytes) => ({
    mounts: mountLines(bytes, (index) => mount({ id: index + 1, parent: index, path: deep(index) })),
  })),
  inventory('half of the mounts one over the other, half in the last of these', (bytes) => {
    const over = mountLines(bytes / 2, (index) => mount({ id: index + 1, parent: index, path: '/m' })).slice(
      0,
      MOUNTS / 2,
    );
    const inside = mountLines(bytes / 2, (index) =>
      mount({ id: 100_000 + index, parent: over.length, path: `/m/${index}` }),
    );
    return { mounts: [...over, ...inside.slice(0, MOUNTS / 2)] };
  }),
  inventory('mounts that jump up and down', (bytes) => ({
    mounts: mountLines(bytes, (index) =>
      mount({ id: index + 1, parent: index, path: index % 2 ? '/m' : '/m/m' }),
    ),
  })),
  inventory('mounts that are their parents in a circle', (bytes) => ({
    mounts: mountLines(bytes, (index) =>
      mount({ id: index + 1, parent: index === 0 ? MOUNTS : index, path: '/m' }),
    ),
  })),
  inventory('automounts under other mounts', (bytes) => ({
    mounts: mountLines(bytes, (index) =>
      mount({
        id: index + 1,
        parent: index % 2 ? index : 0,
        path: `/m/${index >> 1}`,
        type: index % 2 ? 'ext4' : 'autofs',
      }),
    ),
  })),
  inventory('filesystems, each with a row of findmnt', (bytes) => {
    const mounts = mountLines(bytes / 2, (index) =>
      mount({ id: index + 1, device: `0:${index}`, path: `/m/${index}` }),
    );
    const found = rows(
      bytes / 2,
      (index) => `{"target": "/m/${index}", "maj:min": "0:${index}", "uuid": "${uuid(index)}"},`,
    );
    return { mounts, findmnt: ['{"filesystems": [', ...found, '{"target": "/", "maj:min": "0:0"}', ']}'] };
  }),
];

const FINDMNT_CASES: readonly Worst[] = (
  [
    ['nested lists', '['],
    ['nested rows', '{"filesystems":[{"target":"/m","maj:min":"0:40","children":['],
    ['nested objects', '{"a":'],
    ['blanks', ' '],
    ['a size without end', '"size": '],
    ['names of an object', '"a":1,'],
    ['escapes', '\\u0041'],
    ['quotes', '"'],
  ] as const
).map(([title, unit]) =>
  inventory(`findmnt: ${title}`, (bytes) => ({ mounts: [TOP], findmnt: endless(bytes, unit) })),
);

const SUBVOLUME_CASES: readonly Worst[] = [
  inventory('subvolumes below many mounts', (bytes) => ({
    mounts: mountLines(bytes / 2, (index) => mount({ id: index + 1, path: `/m/${index}` })),
    ...listed(bytes / 2, (index) => ({ path: `s/${index}` })),
  })),
  inventory('subvolumes below many mounts with others mounted in each', (bytes) => ({
    mounts: mountLines(bytes / 2, (index) =>
      index % 2
        ? mount({ id: index + 1, parent: index, path: `/m/${index - 1}/x`, device: '0:50' })
        : mount({ id: index + 1, path: `/m/${index}` }),
    ),
    ...listed(bytes / 2, (index) => ({ path: `s/${index}` })),
  })),
  inventory('snapshots below many mounts', (bytes) => ({
    mounts: mountLines(bytes / 2, (index) => mount({ id: index + 1, path: `/m/${index}` })),
    ...listed(bytes / 2, (index) => ({ path: `.snapshots/${index}/${name(index)}` }), true),
  })),
  inventory('snapshots that are each mounted', (bytes) => ({
    mounts: [
      TOP,
      ...mountLines(bytes / 2, (index) =>
        mount({ id: index + 2, root: `/s/${index}`, path: `/x/${index}`, subvolumeId: 256 + index }),
      ),
    ],
    ...listed(bytes / 2, (index) => ({ path: `s/${index}` }), true),
  })),
  inventory('subvolumes one in the other, with a mount of each', (bytes) => ({
    mounts: [
      TOP,
      ...mountLines(bytes / 2, (index) => mount({ id: index + 2, root: deep(index), path: `/x/${index}` })),
    ],
    ...listed(bytes / 2, (index) => ({ path: deep(index).slice(1) })),
  })),
  inventory('deep paths', (bytes) => ({
    mounts: [TOP],
    ...listed(bytes, (index) => ({ path: `${'d/'.repeat(2000)}${index}` })),
  })),
  inventory('paths without end', (bytes) => ({
    mounts: [TOP],
    ...listed(bytes, (index) => ({ path: `${'d/'.repeat(Math.min(200_000, bytes / 8))}${index}` })),
  })),
  inventory('a chain of parents, listed from inside', (bytes) => ({
    mounts: [mount({ id: 1, path: '/m', root: '/a', subvolumeId: 256 })],
    ...listed(bytes, (index) => ({ path: `s/${index}`, parentId: index === 0 ? 5 : 255 + index })),
  })),
  inventory('a chain of snapshots of snapshots, of which places are remembered', (bytes) => {
    const lists = listed((bytes * 3) / 4, (index) => ({
      path: `s/${index}`,
      ...(index > 0 && { parentUuid: 255 + index }),
    }));
    const remembered = rows(bytes / 4, (index) => `/m/s/${index}`).map((path) => ({
      path,
      inside: 'gone',
      uuid: uuid(99),
      before: [],
    }));
    return {
      mounts: [TOP, mount({ id: 2, path: '/n' })],
      ...lists,
      places: { remembered, named: new Set() },
    };
  }),
  inventory('equal names', (bytes) => ({ mounts: [TOP], ...listed(bytes, () => ({ path: 'same' })) })),
  inventory('lines that are none of a list', (bytes) => ({
    mounts: [TOP],
    ascending: rows(bytes / 2, (index) => `odd ${index}`),
    descending: rows(bytes / 2, (index) => `odd ${index}`),
  })),
];

const SECTION_CASES: readonly Worst[] = [
  inventory('sections that do not end', (bytes) => ({
    mounts: [TOP],
    more: rows(bytes, () => `${N} marks 1`),
  })),
  inventory('sections without lines', (bytes) => ({
    mounts: [TOP],
    more: rows(bytes, (index) => (index % 2 ? `${N} end 0` : `${N} marks ${index}`)),
  })),
  inventory('a section that says again and again', (bytes) => ({
    mounts: [TOP],
    more: [`${N} marks 1`, ...rows(bytes, (index) => (index % 2 ? 'sudo: x' : `${N} said`)), `${N} end 1`],
  })),
  inventory('errors of a list that failed', (bytes) => ({
    mounts: [TOP],
    more: [`${N} marks 1`, `${N} said`, ...endless(bytes, 'stream version parent subvolume '), `${N} end 1`],
  })),
  inventory('titles without end', (bytes) => ({ mounts: [TOP], more: endless(bytes, ' ', `${N} `) })),
  inventory('marks of owners of one directory', (bytes) => ({
    mounts: [TOP],
    more: section(
      'marks 1',
      rows(bytes, (index) => `/m/.snapshots/.btrfleet/owner/d/@${uuid(index)}%3Ax`),
    ),
  })),
  inventory('marks of what is received', (bytes) => ({
    mounts: [TOP],
    more: section(
      'marks 1',
      rows(bytes, (index) => `/m/.snapshots/.btrfleet/receiving/d/${index}/${name(index)}`),
    ),
  })),
  inventory('marks below a mount with a long path', (bytes) => {
    const path = `/${'p'.repeat(Math.min(500_000, bytes / 4))}`;
    return {
      mounts: [mount({ id: 1, path })],
      more: section(
        'marks 1',
        rows(bytes / 2, (index) => `/m/${index}`),
      ),
    };
  }),
];

export const INVENTORIES: readonly Worst[] = [
  ...MOUNT_CASES,
  ...FINDMNT_CASES,
  ...SUBVOLUME_CASES,
  ...SECTION_CASES,
];
