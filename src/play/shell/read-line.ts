/** Decides what `read` takes from its input and how it is divided among names. */
import type { Process } from '../machine/machine.ts';

interface Line {
  /** Pairs of a character and whether a backslash stood before it. */
  readonly chars: readonly (readonly [string, boolean])[];
  readonly isWhole: boolean;
}

/** Byte by byte: what follows is left for the next program. */
export async function readLine(process: Process, isRaw: boolean): Promise<Line> {
  const chars: [string, boolean][] = [];
  let isEscaped = false;
  for (;;) {
    const [byte] = await process.read(0, 1);
    if (byte === undefined) return { chars, isWhole: false };
    const char = String.fromCharCode(byte);
    if (isEscaped) {
      if (char !== '\n') chars.push([char, true]);
      isEscaped = false;
    } else if (char === '\\' && !isRaw) isEscaped = true;
    else if (char === '\n') return { chars, isWhole: true };
    else if (char !== '\0') chars.push([char, false]);
  }
}

/** The last of `count` fields has all that is left. */
export function divided({ chars }: Line, ifs: string, count: number): string[] {
  const isSign = (index: number): boolean => {
    const [char, isEscaped] = chars[index] ?? ['', true];
    return !isEscaped && ifs.includes(char);
  };
  const isBlank = (index: number): boolean => isSign(index) && /\s/.test(chars[index]?.[0] ?? '');
  const text = (from: number, to: number): string =>
    chars
      .slice(from, to)
      .map(([char]) => char)
      .join('');
  const fields: string[] = [];
  let at = 0;
  while (isBlank(at)) at += 1;
  while (fields.length < count - 1 && at < chars.length) {
    const from = at;
    while (at < chars.length && !isSign(at)) at += 1;
    fields.push(text(from, at));
    while (isBlank(at)) at += 1;
    if (isSign(at)) at += 1;
    while (isBlank(at)) at += 1;
  }
  let end = chars.length;
  while (end > at && isBlank(end - 1)) end -= 1;
  // A single field before one sign at the end is that field.
  const signs = chars.slice(at, end).filter((_, index) => isSign(at + index)).length;
  if (signs === 1 && end > at && isSign(end - 1)) end -= 1;
  fields.push(text(at, end));
  return fields;
}
