/** Decides what `sed` makes of lines: one `s`, `p` or `d` in each script, for all lines or those of an address. */
import type { Process, Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { forEachInput, readOptions, textOf } from './options.ts';
import { regularExpression } from './regular-expression.ts';

interface Edited {
  readonly text: string;
  /** Printed now, whatever `-n` says. */
  readonly prints: boolean;
  readonly isDeleted: boolean;
}
type Edit = (line: string) => Edited;

const kept = (text: string): Edited => ({ text, prints: false, isDeleted: false });

function substitution(script: string, isExtended: boolean): Edit | null {
  const [, sign = ''] = /^s([^\\\nA-Za-z0-9])/.exec(script) ?? [];
  const [, from, to, flags = '', ...more] = sign === '' ? [] : script.split(new RegExp(`(?<!\\\\)\\${sign}`));
  if (from === undefined || to === undefined || more.length > 0 || !/^[gp]*$/.test(flags)) return null;
  const source = from.replaceAll(`\\${sign}`, sign);
  const pattern = regularExpression(source, isExtended, flags.includes('g') ? 'g' : '');
  const replacement = to.replaceAll(`\\${sign}`, sign);
  return (line) => {
    let isChanged = false;
    const text = line.replace(pattern, (...found: unknown[]) => {
      isChanged = true;
      return replacement.replace(/\\([\s\S])|&/g, (_, char?: string) => {
        if (char === undefined) return String(found[0]);
        if (/\d/.test(char)) return String(found[Number(char)] ?? '');
        return char === 'n' ? '\n' : char;
      });
    });
    return { text, prints: isChanged && flags.includes('p'), isDeleted: false };
  };
}

/** The address `12`, `$` or `/…/`. */
function addressed(
  address: string,
  isExtended: boolean,
): (line: string, number: number, isEnd: boolean) => boolean {
  if (address === '') return () => true;
  if (address === '$') return (_line, _number, isEnd) => isEnd;
  if (/^\d+$/.test(address)) return (_line, number) => number === Number(address);
  const pattern = regularExpression(address.slice(1, -1), isExtended);
  return (line) => pattern.test(line);
}

function readScript(script: string, isExtended: boolean) {
  const [, address = '', rest = ''] = /^\s*(\d+|\$|\/[^/\\]*\/)?\s*([\s\S]*?)\s*$/.exec(script) ?? [];
  const isHere = addressed(address, isExtended);
  const edits: Readonly<Record<string, Edit>> = {
    p: (text) => ({ ...kept(text), prints: true }),
    d: (text) => ({ ...kept(text), isDeleted: true }),
  };
  const edit = edits[rest] ?? substitution(rest, isExtended);
  if (edit === null) throw new NotSimulated(`sed ${script}`);
  return (line: string, number: number, isEnd: boolean): Edited =>
    isHere(line, number, isEnd) ? edit(line) : kept(line);
}

export const sed: Program = async (process: Process) => {
  const { flags, operands } = readOptions(process, 'nEre:');
  const [script = '', ...names] = flags.has('e') ? [flags.get('e') ?? '', ...operands] : operands;
  const edit = readScript(script, flags.has('E') || flags.has('r'));
  let text = '';
  const code = await forEachInput(process, names, async (file) => {
    text += await textOf(process, file);
  });
  const lines = text.split('\n');
  const isWhole = lines.at(-1) === '';
  if (isWhole) lines.pop();
  const out: string[] = [];
  for (const [index, line] of lines.entries()) {
    const isEnd = index === lines.length - 1;
    const edited = edit(line, index + 1, isEnd);
    const end = isEnd && !isWhole ? '' : '\n';
    if (edited.prints) out.push(edited.text, flags.has('n') ? end : '\n');
    if (!edited.isDeleted && !flags.has('n')) out.push(edited.text, end);
  }
  await process.write(out.join(''));
  return code;
};
