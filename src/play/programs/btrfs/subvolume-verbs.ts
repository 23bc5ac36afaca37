/** What `btrfs subvolume` changes: create, snapshot, delete, the default; and what it tells of one. */
import { Errno } from '../../errno.ts';
import { isWithin } from '../../files/mounts.ts';
import {
  attempt,
  baseName,
  type Call,
  directoryName,
  isOnBtrfs,
  mustBeWritable,
  NotSimulated,
  type OnBtrfs,
  operand,
  poolOf,
  Refusal,
  spotOf,
  subvolumeOf,
  timeText,
  type Verb,
} from './call.ts';

/** The directory something is to be made in. */
function directoryOf(call: Call, word: string): OnBtrfs {
  const spot = spotOf(call, word, `cannot access '${word}'`);
  if (!isOnBtrfs(spot)) throw new Refusal(`not a btrfs filesystem: ${word}`);
  return spot;
}

const isThere = ({ process, files }: Call, word: string): 'nothing' | 'directory' | 'file' => {
  const { node } = files.locate(process.path(word));
  if (node === undefined) return 'nothing';
  return node.kind === 'directory' ? 'directory' : 'file';
};

const create: Verb = async (call) => {
  const word = operand(call, 0, 'subvolume create');
  if (call.operands.length > 1) throw new NotSimulated('subvolume create of several');
  const above = directoryName(word);
  const to = directoryOf(call, above);
  if (isThere(call, word) !== 'nothing') throw new Refusal(`target path already exists: ${word}`);
  attempt('cannot create subvolume', () => {
    mustBeWritable(to);
    to.mount.pool.createAt(to.tree, [...to.parts, baseName(word)], call.now);
  });
  await call.process.write(`Create subvolume '${above}/${baseName(word)}'\n`);
  return 0;
};

const snapshot: Verb = async (call) => {
  const [word, wanted] = [operand(call, 0, 'subvolume snapshot'), operand(call, 1, 'subvolume snapshot')];
  const source = subvolumeOf(call, word, 'Could not statfs');
  const above = directoryOf(call, directoryName(wanted));
  const there = isThere(call, wanted);
  if (there === 'file') throw new Refusal(`'${wanted}' exists and it is not a directory`);
  const isInside = there === 'directory';
  const [where, name] = isInside
    ? [wanted, baseName(source.path)]
    : [directoryName(wanted), baseName(wanted)];
  const to = isInside ? directoryOf(call, wanted) : above;
  const readOnly = call.options.has('-r');
  const said = `Create a ${readOnly ? 'readonly ' : ''}snapshot of '${word}' in '${where}/${name}'\n`;
  try {
    const { pool } = source.mount;
    if (to.mount.pool !== pool) throw new Errno('EXDEV');
    mustBeWritable(to);
    const place = { container: to.tree, parts: [...to.parts, name], readOnly, at: call.now };
    pool.snapshotAt(source.tree, place);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    await call.process.complain(`ERROR: cannot snapshot '${word}': ${error.message}`);
    await call.process.write(said);
    return 1;
  }
  await call.process.write(said);
  return 0;
};

const remove: Verb = async (call) => {
  operand(call, 0, 'subvolume delete');
  const codes: number[] = [];
  for (const word of call.operands) {
    try {
      codes.push(await removeOne(call, word));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await call.process.complain(`ERROR: ${error.message}`);
      codes.push(1);
    }
  }
  return Math.max(...codes);
};

async function removeOne(call: Call, word: string): Promise<number> {
  const { tree, mount, path } = subvolumeOf(call, word, 'Could not statfs');
  const above = directoryName(path);
  if (!isOnBtrfs(call.files.locate(above))) throw new Refusal(`not a btrfs filesystem: ${above}`);
  let code = 0;
  try {
    mustBeWritable({ ...mount, mount, path, tree, node: undefined });
    if (call.files.mounts.some(({ subvolume }) => subvolume === tree)) throw new Errno('EBUSY');
    mount.pool.deleteSubvolume(tree, call.now);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    code = 1;
    await call.process.complain(`ERROR: Could not destroy subvolume/snapshot: ${error.message}`);
    if (error.code === 'EPERM')
      await call.process.complain(
        "WARNING: deletion failed with EPERM, you don't have permissions or send may be in progress",
      );
  }
  await call.process.write(`Delete subvolume (no-commit): '${path}'\n`);
  return code;
}

const show: Verb = async (call) => {
  const word = operand(call, 0, 'subvolume show');
  const { tree, mount } = subvolumeOf(call, word, `cannot find real path for '${word}'`);
  const { container, received } = tree;
  const born = timeText(tree.otime);
  const fields = [
    ['Name: \t\t\t', container === null ? '<FS_TREE>' : (tree.where.at(-1) ?? '')],
    ['UUID: \t\t\t', tree.uuid],
    ['Parent UUID: \t\t', tree.parentUuid ?? '-'],
    ['Received UUID: \t\t', tree.receivedUuid ?? '-'],
    ['Creation time: \t\t', `${born} +0000`],
    ['Subvolume ID: \t\t', tree.id],
    ['Generation: \t\t', tree.generation],
    ['Gen at creation: \t', tree.createdGeneration],
    ['Parent ID: \t\t', container?.id ?? 0],
    ['Top level ID: \t\t', container?.id ?? 0],
    ['Flags: \t\t\t', tree.readOnly ? 'readonly' : '-'],
    ['Send transid: \t\t', received?.stransid ?? 0],
    ['Send time: \t\t', `${born} +0000`],
    ['Receive transid: \t', received?.rtransid ?? 0],
    ['Receive time: \t\t', received ? `${timeText(received.rtime)} +0000` : '-'],
    ['Snapshot(s):', ''],
  ] as const;
  const children = mount.pool.subvolumes.filter(({ parentUuid }) => parentUuid === tree.uuid);
  const lines = fields.map(([label, value]) => `\t${label}${value}\n`);
  const snapshots = children.map(({ path }) => `\t\t\t\t${path}\n`);
  await call.process.write(`${container === null ? '/' : tree.path}\n${lines.join('')}${snapshots.join('')}`);
  return 0;
};

const getDefault: Verb = async (call) => {
  poolOf(call, operand(call, 0, 'subvolume get-default'));
  await call.process.write('ID 5 (FS_TREE)\n');
  return 0;
};

/** Whether a mount leads to a subvolume. */
export const isReached = ({ mount }: OnBtrfs, parts: readonly string[]): boolean =>
  isWithin(parts, [...mount.subvolume.parts, ...mount.parts]);

/** What is deleted is gone at once. */
const sync: Verb = async (call) => {
  poolOf(call, operand(call, 0, 'subvolume sync'));
  return 0;
};

export const SUBVOLUME_VERBS = { create, snapshot, remove, show, getDefault, sync };
