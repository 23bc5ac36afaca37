/** Decides how it is found out whether the login may run what only measures, without running any of it. */
import { type Argv, asUser, type Command } from '../../model/command.ts';
import { duCommand } from './storage-script.ts';

/** One sample of each, in the words it is run with. */
export const MEASURING: readonly Argv[] = [
  ['btrfs', 'filesystem', 'usage', '-b', '--', '/a'],
  duCommand(['/a']).argv,
  ['btrfs', 'device', 'stats', '--', '/a'],
  ['btrfs', 'scrub', 'status', '-R', '--', '/a'],
  ['btrfs', 'qgroup', 'show', '--raw', '--', '/a'],
];

// The words are all ours and have no blanks, so they are split where they are joined.
const SCRIPT = `
N=$1; shift
for c; do
  if sudo -n -l -- $c </dev/null >/dev/null 2>&1; then echo "$N allowed"; else echo "$N denied"; fi
done
echo "$N end"
`;

/** For a login that is not root. */
export const measuringRightsCommand = (nonce: string): Command =>
  asUser('sh', '-c', SCRIPT, 'sh', nonce, ...MEASURING.map((argv) => argv.join(' ')));

/** What is not allowed, such as `btrfs device stats`; null: the command ended before it had said all. */
export function parseMeasuringRights(nonce: string, output: string): string[] | null {
  const words = output
    .split('\n')
    .filter((line) => line.startsWith(`${nonce} `))
    .map((line) => line.slice(nonce.length + 1));
  if (words.length !== MEASURING.length + 1 || words.at(-1) !== 'end') return null;
  return MEASURING.flatMap((argv, index) => (words[index] === 'allowed' ? [] : [argv.slice(0, 3).join(' ')]));
}
