/** What `btrfs property` does with the read-only flag of a subvolume, the one property that is simulated. */
import {
  attempt,
  type Call,
  isSubvolume,
  NotSimulated,
  type OnBtrfs,
  operand,
  Refusal,
  spotOf,
  type Verb,
} from './call.ts';

export const PROPERTY_OPTIONS = { flags: ['-f'], values: ['-t'] };

function subvolume(call: Call): OnBtrfs {
  const type = call.options.get('-t') ?? 's';
  if (!'subvol'.startsWith(type)) throw new NotSimulated(`property -t ${type}`);
  const word = operand(call, 0, 'property');
  const spot = spotOf(call, word, `failed to open ${word}`);
  if (!isSubvolume(spot)) throw new Refusal('object is not compatible with property: ro');
  return spot;
}

function mustBeRo(name: string | undefined): void {
  if (name !== 'ro') throw new NotSimulated(`property ${name}`);
}

const get: Verb = async (call) => {
  const { tree } = subvolume(call);
  mustBeRo(call.operands[1] ?? 'ro');
  await call.process.write(`ro=${tree.readOnly}\n`);
  return 0;
};

const set: Verb = async (call) => {
  const { tree, mount } = subvolume(call);
  mustBeRo(operand(call, 1, 'property set'));
  const value = operand(call, 2, 'property set');
  if (value !== 'true' && value !== 'false') throw new Refusal(`invalid value for property: ${value}`);
  const readOnly = value === 'true';
  if (readOnly === tree.readOnly) return 0;
  const { pool } = mount;
  const isReplica = tree.receivedUuid !== null && !readOnly;
  if (isReplica && !call.options.has('-f'))
    throw new Refusal('cannot flip ro->rw with received_uuid set, use force if you really want that');
  attempt('failed to set flags for subvolume', () => pool.setReadOnly(tree, readOnly, call.now));
  if (isReplica) pool.setReceived(tree, null, 0, call.now);
  return 0;
};

export const PROPERTY_VERBS = { get, set };
