/** Decides what `btrfs subvolume list` prints. */
import type { Subvolume } from '../../btrfs/subvolume.ts';
import { type Call, NotSimulated, operand, poolOf, timeText, type Verb } from './call.ts';

export const LIST_OPTIONS = {
  flags: [...'puqRcgrsoad'].map((letter) => `-${letter}`),
  values: ['--sort'],
};

type Order = (a: Subvolume, b: Subvolume) => number;
const KEYS: Readonly<Record<string, (one: Subvolume) => number>> = {
  rootid: ({ id }) => id,
  gen: ({ generation }) => generation,
  ogen: ({ createdGeneration }) => createdGeneration,
};

function orderOf(sort: string | undefined): Order {
  const [, sign, name = ''] = /^([+-]?)(.*)$/.exec(sort ?? 'rootid') ?? [];
  const key = KEYS[name];
  if (key === undefined) throw new NotSimulated(`subvolume list --sort=${sort}`);
  return (a, b) => (sign === '-' ? key(b) - key(a) : key(a) - key(b));
}

export const list: Verb = async (call) => {
  const { pool, spot } = poolOf(call, operand(call, 0, 'subvolume list'));
  // What is deleted is gone at once.
  if (call.options.has('-d')) return 0;
  const { options } = call;
  const listed = pool.subvolumes
    .filter(({ readOnly }) => readOnly || !options.has('-r'))
    .filter(({ parentUuid }) => parentUuid !== null || !options.has('-s'))
    .filter(({ container }) => container === spot.tree || !options.has('-o'))
    .sort(orderOf(options.get('--sort')));
  await call.process.write(listed.map((one) => line(one, spot.tree, call)).join(''));
  return 0;
};

/** What lies inside the listed subvolume is shown from there on, all else from the top level. */
function shownPath(one: Subvolume, from: Subvolume, { options }: Call): string {
  if (options.has('-o')) return one.path;
  if (options.has('-a')) return one.container === from ? one.path : `<FS_TREE>/${one.path}`;
  for (let above = one.container; above !== null; above = above.container)
    if (above === from) return one.parts.slice(from.parts.length).join('/');
  return one.path;
}

function line(one: Subvolume, from: Subvolume, call: Call): string {
  const { options } = call;
  const top = one.container?.id ?? 0;
  const uuid = (label: string, value: string | null): string => ` ${label} ${(value ?? '-').padEnd(36)}`;
  return [
    `ID ${one.id} gen ${one.generation}`,
    options.has('-c') || options.has('-g') || options.has('-s') ? cgen(one, options) : '',
    options.has('-p') ? ` parent ${top}` : '',
    ` top level ${top}`,
    options.has('-s') ? ` otime ${timeText(one.otime)}` : '',
    options.has('-q') ? uuid('parent_uuid', one.parentUuid) : '',
    options.has('-R') ? uuid('received_uuid', one.receivedUuid) : '',
    options.has('-u') ? uuid('uuid', one.uuid) : '',
    ` path ${shownPath(one, from, call)}\n`,
  ].join('');
}

/** `-g` alone asks for the generation, which is always there. */
const cgen = ({ createdGeneration }: Subvolume, options: Call['options']): string =>
  options.has('-c') || options.has('-s') ? ` cgen ${createdGeneration}` : '';
