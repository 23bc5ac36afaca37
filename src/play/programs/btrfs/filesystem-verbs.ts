/** What btrfs tells of room: `filesystem usage`, `du`, `sync`; and of quotas, which are off. */
import { freeOf, sharedRoom } from '../../btrfs/space.ts';
import { type Call, isOnBtrfs, NotSimulated, operand, poolOf, Refusal, spotOf, type Verb } from './call.ts';

const MIB = 1024 * 1024;

const usage: Verb = async (call) => {
  if (!call.options.has('-b')) throw new NotSimulated('filesystem usage without -b');
  const { pool } = poolOf(call, operand(call, 0, 'filesystem usage'));
  const { size, data, metadata, system, reserve, unallocated } = pool.usage();
  const free = freeOf(pool.usage());
  const min = free - unallocated + Math.floor(unallocated / 2);
  const overall: (readonly [string, string | number, string])[] = [
    ['Device size:\t\t', size, ''],
    ['Device allocated:\t\t', size - unallocated, ''],
    ['Device unallocated:\t\t', unallocated, ''],
    ['Device missing:\t\t', 0, ''],
    ['Device slack:\t\t', 0, ''],
    ['Used:\t\t\t', data.used + 2 * (metadata.used + system.used), ''],
    ['Free (estimated):\t\t', free, `\t(min: ${Math.max(0, min)})`],
    ['Free (statfs, df):\t\t', Math.max(0, free - MIB), ''],
    ['Data ratio:\t\t\t', '1.00', ''],
    ['Metadata ratio:\t\t', '2.00', ''],
    ['Global reserve:\t\t', reserve, '\t(used: 0)'],
    ['Multiple profiles:\t\t', 'no', ''],
  ];
  const kind = (name: string, one: { size: number; used: number }, copies: number): string => {
    const percent = ((one.used * 100) / one.size).toFixed(2);
    const onDevice = String(one.size * copies).padStart(10);
    return `${name}: Size:${one.size}, Used:${one.used} (${percent}%)\n   ${pool.device}\t${onDevice}\n\n`;
  };
  const lines = overall.map(([label, value, more]) => `    ${label}${String(value).padStart(18)}${more}\n`);
  await call.process.write(
    `Overall:\n${lines.join('')}\n${kind('Data,single', data, 1)}${kind('Metadata,DUP', metadata, 2)}` +
      `${kind('System,DUP', system, 2)}Unallocated:\n   ${pool.device}\t${String(unallocated).padStart(10)}\n`,
  );
  return 0;
};

const row = (cells: readonly (string | number)[], name: string): string =>
  `${cells.map((cell) => String(cell).padStart(10)).join('  ')}  ${name}\n`;

const du: Verb = async (call) => {
  if (!call.options.has('-s') || !call.options.has('--raw'))
    throw new NotSimulated('filesystem du without -s --raw');
  operand(call, 0, 'filesystem du');
  await call.process.write(row(['Total', 'Exclusive', 'Set shared'], 'Filename'));
  for (const word of call.operands) await call.process.write(duLine(call, word));
  return 0;
};

function duLine(call: Call, word: string): string {
  const spot = spotOf(call, word, `cannot check space of '${word}'`);
  if (!isOnBtrfs(spot) || spot.node === undefined)
    throw new Refusal(`cannot check space of '${word}': Inappropriate ioctl for device`);
  const { pool } = spot.mount;
  const others = [pool.top, ...pool.subvolumes].filter((one) => one !== spot.tree).map(({ root }) => root);
  const { total, exclusive } = sharedRoom(spot.node, others);
  return row([total, exclusive, total - exclusive], word);
}

const sync: Verb = async (call) => {
  const { pool } = poolOf(call, operand(call, 0, 'filesystem sync'));
  for (const one of pool.subvolumes) pool.flush(one, call.now);
  return 0;
};

const qgroups: Verb = async (call) => {
  poolOf(call, operand(call, 0, 'qgroup show'));
  throw new Refusal("can't list qgroups: quotas not enabled");
};

export const FILESYSTEM_VERBS = { usage, du, sync, qgroups };
