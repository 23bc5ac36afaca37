/** Decides how the sizes of snapshots read as rows: numbers, and a bar for what each holds alone. */
import type { Cell } from '../../components/table-layout.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { type SizeRow, sidesOf, sizeRows } from './sizes-view.ts';

/** Columns of the bar. */
const BAR = 12;

export const sizesList: ListView<SizeRow> = {
  id: 'sizes',
  columns: [
    { id: 'name', title: 'SNAPSHOT', width: 24, priority: 0 },
    { id: 'age', title: 'AGE', width: 7, align: 'right', priority: 4 },
    { id: 'referenced', title: 'REFERENCED', width: 10, align: 'right', priority: 2 },
    { id: 'exclusive', title: 'EXCLUSIVE', width: 9, align: 'right', priority: 0 },
    { id: 'bar', title: 'OF THE LARGEST', width: BAR + 2, priority: 1 },
    { id: 'there', title: 'BESIDE', width: 9, align: 'right', priority: 3 },
  ],
  items: sizeRows,
  depends: (state) => [state.monitoring],
  key: ({ snapshot }) => snapshot.uuid,
  cells: sizeCells,
  search: ({ snapshot }) => ({ text: snapshot.name, fields: { name: snapshot.name, state: snapshot.state } }),
  order: {
    name: ({ snapshot }) => snapshot.name,
    referenced: ({ here }) => -(here?.referencedBytes ?? -1),
    exclusive: ({ here }) => -(here?.exclusiveBytes ?? -1),
    there: ({ there }) => -(there?.exclusiveBytes ?? -1),
  },
};

function sizeCells({ snapshot, here, there }: SizeRow, state: AppState): Readonly<Record<string, Cell>> {
  return {
    name: {
      text: formatName(snapshot.name),
      ...(snapshot.state === 'foreign' ? { tone: 'dim' as const } : {}),
    },
    age: { text: coarseAge(snapshot.createdAt, state.now) },
    referenced: { text: here === null ? '·' : formatBytes(here.referencedBytes) },
    exclusive: { text: here === null ? '·' : formatBytes(here.exclusiveBytes) },
    bar: { text: here === null ? '' : barOf(here.exclusiveBytes, largest(state)), tone: 'accent' },
    there: { text: there === null ? '·' : formatBytes(there.exclusiveBytes) },
  };
}

/** Something is never drawn as nothing. The glyph has a twin in ASCII. */
function barOf(bytes: number, most: number): string {
  if (bytes === 0 || most === 0) return '';
  return '█'.repeat(Math.max(1, Math.round((bytes / most) * BAR)));
}

function largest(state: AppState): number {
  const { here } = sidesOf(state);
  if (here?.state !== 'known') return 0;
  return Math.max(0, ...here.value.snapshots.map(({ size }) => size?.exclusiveBytes ?? 0));
}
