/** The lists of a directory of which something is to go, at their worst. */
import { parseBeside, parseUuids } from '../../../src/core/btrfs/looks/beside.ts';
import { rows, type Worst } from './worst.ts';

const N = 'nonce';
/** Bytes: of all lists. */
const LISTS = 64 * 1024 * 1024;

/** As btrfs prints it: each of the three lists has a third of it. */
function besideOutput(
  bytes: number,
  kind: 'in one directory' | 'each in the one before' | 'with one id',
): string {
  const number = (index: number) => (kind === 'with one id' ? 256 : 256 + index);
  const parent = (index: number) => (kind === 'each in the one before' && index > 0 ? 255 + index : 5);
  const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const full = rows(bytes / 2, (index) => {
    const above = parent(index);
    const columns = `cgen 9 parent ${above} top level ${above} parent_uuid - received_uuid - uuid ${uuid(index)}`;
    return `ID ${number(index)} gen 9 ${columns} path snaps/s${index}`;
  });
  const short = (index: number, column: string) =>
    `ID ${number(index)} gen 9 top level ${parent(index)} ${column}path snaps/s${index}`;
  const show = [
    'snaps/s0',
    '\tName: \t\t\ts0',
    `\tUUID: \t\t\t${uuid(0)}`,
    '\tParent UUID: \t\t-',
    '\tReceived UUID: \t\t-',
    '\tCreation time: \t\t2026-11-20 08:05:01 +0000',
    '\tSubvolume ID: \t\t256',
    '\tGeneration: \t\t9',
    '\tGen at creation: \t9',
    '\tParent ID: \t\t5',
    '\tTop level ID: \t\t5',
    '\tFlags: \t\t\treadonly',
  ];
  return [
    ...[`${N} show`, ...show, `${N} end 0`],
    ...[`${N} ascending`, ...full, `${N} end 0`],
    ...[`${N} readonly`, ...full.map((_, index) => short(index, '')), `${N} end 0`],
    ...[
      `${N} descending`,
      ...full.map((_, index) => short(index, 'received_uuid - ')).reverse(),
      `${N} end 0`,
      '',
    ],
  ].join('\n');
}

export const BESIDE: readonly Worst[] = (
  ['in one directory', 'each in the one before', 'with one id'] as const
).map(
  (kind): Worst => ({
    title: `the lists of what lies beside one that goes: ${kind}`,
    feeds: [parseBeside, parseUuids],
    most: LISTS,
    input: (bytes) => {
      const output = besideOutput(bytes, kind);
      return () => [parseBeside(N, output, 's0'), parseUuids(N, output)];
    },
  }),
);
