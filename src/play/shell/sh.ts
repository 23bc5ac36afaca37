/** The program `sh`: `sh -c TEXT [name args…]`, or a file of commands. */

import { toText } from '../files/open-file.ts';
import type { Process } from '../machine/machine.ts';
import { NotSimulated } from './not-simulated.ts';
import { parse } from './parse.ts';
import { Shell } from './shell.ts';
import { ShellState } from './state.ts';

export async function sh(process: Process): Promise<number> {
  const [called = 'sh', ...words] = process.argv;
  let letters = '';
  while (/^-[cefu]+$/.test(words[0] ?? '')) letters += words.shift()?.slice(1);
  const isText = letters.includes('c');
  if (words[0] === '--') words.shift();
  const [first, ...rest] = words;
  if (first === undefined || /^[-+]/.test(first))
    throw new NotSimulated(`${called} ${first ?? 'on its input'}`);
  const text = isText ? first : toText(process.machine.files.readFile(process.path(first)));
  const [name = called, ...args] = isText ? rest : words;
  const state = new ShellState({ name, args, pid: process.pid });
  for (const [variable, value] of process.env) {
    if (/^[A-Za-z_]\w*$/.test(variable)) state.set(variable, value, { exported: true });
  }
  // Inherited, it would divide the words of another's script.
  state.unset('IFS');
  state.set('PWD', process.cwd);
  for (const letter of letters.replaceAll('c', '')) state.options.add(letter);
  return new Shell(process, state).finish(() => parse(text));
}
