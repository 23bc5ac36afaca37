/** The programs that read lines or bytes and print some of them: cat, head, grep, sort and their like. */
import { createHash } from 'node:crypto';
import { toBytes, toText } from '../files/open-file.ts';
import type { Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { openPath } from '../shell/redirect.ts';
import { characterSet } from './character-set.ts';
import { chunks, complain, forEachInput, numberOf, readOptions, textOf, withCount } from './options.ts';
import { regularExpression } from './regular-expression.ts';

/** Lines without their ends. */
function linesOf(text: string, end = '\n'): string[] {
  const lines = text.split(end);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A program that prints what it makes of the text of each of its inputs. */
const printing =
  (spec: string, print: (text: string, flags: ReadonlyMap<string, string>) => string): Program =>
  async (process) => {
    const { flags, operands } = readOptions(process, spec);
    const texts: string[] = [];
    const code = await forEachInput(process, operands, async (file) => {
      texts.push(await textOf(process, file));
    });
    await process.write(print(texts.join(''), flags));
    return code;
  };

const cat: Program = (process) =>
  forEachInput(process, readOptions(process, 'u').operands, async (file) => {
    for await (const bytes of chunks(process, file)) await process.write(bytes);
  });

const head: Program = async (process) => {
  process.argv = withCount(process.argv);
  const { flags, operands } = readOptions(process, 'c:n:');
  if (operands.length > 1) throw new NotSimulated('head of several files');
  const counts = flags.has('c');
  let left = numberOf(process, flags.get('c') ?? flags.get('n') ?? '10');
  return forEachInput(process, operands, async (file) => {
    while (left > 0) {
      const bytes = await file.read(counts ? Math.min(left, 65_536) : 65_536, process.signal);
      if (bytes.length === 0) return;
      let end = bytes.length;
      if (counts) left -= end;
      else for (end = 0; end < bytes.length && left > 0; end += 1) if (bytes[end] === 10) left -= 1;
      await process.write(bytes.subarray(0, end));
    }
  });
};

const tail: Program = async (process) => {
  process.argv = withCount(process.argv);
  const { flags, operands } = readOptions(process, 'c:n:');
  if (operands.length > 1) throw new NotSimulated('tail of several files');
  const word = flags.get('c') ?? flags.get('n') ?? '10';
  const isFrom = word.startsWith('+');
  const count = numberOf(process, isFrom ? word.slice(1) : word);
  return forEachInput(process, operands, async (file) => {
    const text = await textOf(process, file);
    const units = flags.has('c') ? text.split('') : text.split(/(?<=\n)/);
    const from = isFrom ? Math.max(0, count - 1) : Math.max(0, units.length - count);
    await process.write(units.slice(from).join(''));
  });
};

const tr: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'dsc');
  const listed = characterSet(operands[0] ?? '');
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const from = flags.has('c') ? all.filter((char) => !listed.includes(char)) : listed;
  const to = flags.has('d') ? [] : characterSet(operands[1] ?? '');
  const map = new Map(from.map((char, index) => [char, to[index] ?? to.at(-1) ?? char]));
  const squeezed = new Set(flags.has('s') ? characterSet(operands[1] ?? operands[0] ?? '') : []);
  let last = '';
  for (let bytes = await process.read(); bytes.length > 0; bytes = await process.read()) {
    let out = '';
    for (const char of toText(bytes)) {
      if (flags.has('d') && map.has(char)) continue;
      const made = flags.has('d') ? char : (map.get(char) ?? char);
      if (made === last && squeezed.has(made)) continue;
      last = made;
      out += made;
    }
    await process.write(out);
  }
  return 0;
};

const cut = printing('d:f:', (text, flags) => {
  const sign = flags.get('d') ?? '\t';
  const wanted = (flags.get('f') ?? '').split(',').map((range) => {
    const [, from = '', dash, to = ''] = /^(\d*)(-?)(\d*)$/.exec(range) ?? [];
    if (from + to === '') throw new NotSimulated(`cut -f ${range}`);
    const last = dash === '' ? from : to;
    return { from: Number(from || 1), to: last === '' ? Number.POSITIVE_INFINITY : Number(last) };
  });
  return linesOf(text)
    .map((line) => {
      if (!line.includes(sign)) return `${line}\n`;
      const fields = line
        .split(sign)
        .filter((_, index) => wanted.some(({ from, to }) => index + 1 >= from && index < to));
      return `${fields.join(sign)}\n`;
    })
    .join('');
});

const compare = (left: string, right: string): number => Number(left > right) - Number(left < right);
const numeric = (line: string): number => Number(/^\s*(-?\d*\.?\d*)/.exec(line)?.[1] || 0) || 0;

const sort = printing('rnuz', (text, flags) => {
  const end = flags.has('z') ? '\0' : '\n';
  const lines = linesOf(text, end);
  const byNumber = (left: string, right: string): number => numeric(left) - numeric(right);
  const same = (left: string, right: string): boolean =>
    flags.has('n') ? byNumber(left, right) === 0 : left === right;
  const order = (left: string, right: string): number =>
    (flags.has('n') ? byNumber(left, right) : 0) ||
    (flags.has('n') && flags.has('u') ? 0 : compare(left, right));
  lines.sort(flags.has('r') ? (left, right) => order(right, left) : order);
  const shown = flags.has('u')
    ? lines.filter((line, index) => index === 0 || !same(lines[index - 1] ?? '', line))
    : lines;
  return shown.map((line) => line + end).join('');
});

const uniq = printing('cd', (text, flags) => {
  const runs: { line: string; count: number }[] = [];
  for (const line of linesOf(text)) {
    const last = runs.at(-1);
    if (last?.line === line) last.count += 1;
    else runs.push({ line, count: 1 });
  }
  return runs
    .filter(({ count }) => !flags.has('d') || count > 1)
    .map(({ line, count }) => `${flags.has('c') ? `${String(count).padStart(7)} ` : ''}${line}\n`)
    .join('');
});

const wc: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'clw');
  if (operands.length > 1) throw new NotSimulated('wc of several files');
  const has = (flag: string): boolean => flags.size === 0 || flags.has(flag);
  return forEachInput(process, operands, async (file) => {
    let [lines, words, bytes, isInWord] = [0, 0, 0, false];
    for await (const chunk of chunks(process, file)) {
      bytes += chunk.length;
      for (const byte of chunk) {
        const isBlank = byte === 32 || (byte >= 9 && byte <= 13);
        if (byte === 10) lines += 1;
        if (!isBlank && !isInWord) words += 1;
        isInWord = !isBlank;
      }
    }
    const counts = [...(has('l') ? [lines] : []), ...(has('w') ? [words] : []), ...(has('c') ? [bytes] : [])];
    let width = operands.length > 0 ? String(bytes).length : 7;
    if (counts.length === 1) width = 0;
    const shown = counts.map((count) => String(count).padStart(width)).join(' ');
    await process.write(`${[shown, ...operands].join(' ')}\n`);
  });
};

const grep: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'qcvFEoixse:');
  const [source = '', ...names] = flags.has('e') ? [flags.get('e') ?? '', ...operands] : operands;
  if (source.includes('\n')) throw new NotSimulated('grep for several lines');
  const escaped = flags.has('F') ? source.replace(/[\\^$.*[\]]/g, '\\$&') : source;
  const pattern = regularExpression(escaped, flags.has('E'), flags.has('i') ? 'gi' : 'g');
  let isFound = false;
  const code = await forEachInput(
    process,
    names,
    async (file, name) => {
      const before = names.length > 1 ? `${name}:` : '';
      const found = linesOf(await textOf(process, file)).filter((line) => {
        const parts = line.match(pattern);
        const is = flags.has('x') ? parts?.includes(line) === true : parts !== null;
        return is !== flags.has('v');
      });
      if (found.length > 0) isFound = true;
      if (flags.has('q')) return;
      const shown = flags.has('o')
        ? found.flatMap((line) => line.match(pattern)?.filter(Boolean) ?? [])
        : found;
      const lines = flags.has('c') ? [String(found.length)] : shown;
      await process.write(lines.map((line) => `${before}${line}\n`).join(''));
    },
    2,
  );
  return code === 0 || (flags.has('q') && isFound) ? Number(!isFound) : code;
};

const sha256sum: Program = (process) =>
  forEachInput(process, readOptions(process, 'b').operands, async (file, name) => {
    const hash = createHash('sha256');
    for await (const bytes of chunks(process, file)) hash.update(bytes);
    await process.write(`${hash.digest('hex')}  ${name}\n`);
  });

const od: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'A:vt:');
  if (flags.get('A') !== 'n' || flags.get('t') !== 'x1' || !flags.has('v'))
    throw new NotSimulated('od but with -An -v -tx1');
  return forEachInput(process, operands, async (file) => {
    const hexadecimal = Buffer.from(toBytes(await textOf(process, file))).toString('hex');
    const lines = hexadecimal.match(/.{1,32}/g) ?? [];
    await process.write(lines.map((line) => `${line.replace(/../g, ' $&')}\n`).join(''));
  });
};

const tee: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'a');
  const files = operands.map((name) => openPath(process, name, flags.has('a') ? 'append' : 'write'));
  try {
    for (let bytes = await process.read(); bytes.length > 0; bytes = await process.read()) {
      await process.write(bytes);
      for (const file of files) await file.write(bytes, process.signal);
    }
  } finally {
    for (const file of files) file.release();
  }
  return 0;
};

const seq: Program = async (process) => {
  const numbers = process.argv.slice(1).map((word) => (/^-?\d+$/.test(word) ? Number(word) : Number.NaN));
  const [first = 1, step = 1, last = first] =
    numbers.length === 3 ? numbers : [numbers.length === 2 ? numbers[0] : 1, 1, numbers.at(-1)];
  if (numbers.length === 0 || numbers.length > 3 || numbers.some(Number.isNaN) || step === 0) {
    if (numbers.length > 0) throw new NotSimulated(`seq ${process.argv.slice(1).join(' ')}`);
    await complain(process, 'missing operand');
    return 1;
  }
  const lines: string[] = [];
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) lines.push(`${value}\n`);
  await process.write(lines.join(''));
  return 0;
};

export const TEXT_PROGRAMS: Readonly<Record<string, Program>> = {
  ...{ cat, head, tail, tr, cut, sort, uniq, wc, grep, sha256sum, od, tee, seq },
};
