/** Decides what `printf` and `echo` print. */
import { NotSimulated } from './not-simulated.ts';

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const octal = (digits: string): string => String.fromCharCode(Number.parseInt(digits || '0', 8) & 255);

/** As `%b` and `echo` read it; `\c` ends everything. */
export function unescapeWord(text: string): { readonly text: string; readonly ends: boolean } {
  const end = /^(?:[^\\]|\\[^c])*?\\c/.exec(text);
  const kept = end ? end[0].slice(0, -2) : text;
  const replaced = kept.replace(
    /\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|([\s\S]))/g,
    (whole, zero, digits, letter) =>
      letter === undefined ? octal(zero ?? digits) : (LETTERS[letter] ?? whole),
  );
  return { text: replaced, ends: end !== null };
}

const unescapeFormat = (text: string): string =>
  text.replace(/\\(?:([0-7]{1,3})|([\s\S]))/g, (whole, digits, letter) =>
    digits === undefined ? (LETTERS[letter] ?? (letter === '"' ? '"' : whole)) : octal(digits),
  );

export interface Printed {
  readonly text: string;
  /** What was not a number. */
  readonly complaints: readonly string[];
}

class Formatter {
  readonly #args: string[];
  readonly complaints: string[] = [];
  readonly #out: string[] = [];
  #ended = false;

  constructor(args: readonly string[]) {
    this.#args = [...args];
  }

  print(format: string): string {
    const parts = format.match(/%%|%[-+ 0#]*\d*(?:\.\d*)?[a-zA-Z]|%|[^%]+/g) ?? [];
    do {
      const before = this.#args.length;
      for (const part of parts) if (!this.#ended) this.#print(part);
      if (this.#args.length === before) break;
    } while (this.#args.length > 0 && !this.#ended);
    return this.#out.join('');
  }

  #print(part: string): void {
    const [, flags = '', width = '', precision, kind = ''] =
      /^%([-+ 0#]*)(\d*)(?:\.(\d*))?([a-zA-Z])$/.exec(part) ?? [];
    if (part === '%%') this.#out.push('%');
    else if (kind === '') this.#out.push(part === '%' ? '%' : unescapeFormat(part));
    else this.#out.push(pad(this.#value(kind, flags, precision), flags, Number(width), kind));
  }

  #value(kind: string, flags: string, precision: string | undefined): string {
    const arg = this.#args.shift() ?? '';
    const most = precision === undefined ? Number.POSITIVE_INFINITY : Number(precision);
    if (kind === 's') return arg.slice(0, most);
    if (kind === 'c') return arg.slice(0, 1);
    if (kind === 'b') {
      const { text, ends } = unescapeWord(arg);
      this.#ended = ends;
      return text.slice(0, most);
    }
    const number = this.#number(arg);
    const digits = (base: number): string => number.toString(base).padStart(Number(precision ?? 0), '0');
    if (kind === 'd' || kind === 'i' || kind === 'u')
      return `${flags.includes('+') && number >= 0n ? '+' : ''}${digits(10)}`;
    if (kind === 'x') return digits(16);
    if (kind === 'X') return digits(16).toUpperCase();
    if (kind === 'o') return digits(8);
    throw new NotSimulated(`printf %${kind}`);
  }

  #number(arg: string): bigint {
    const text = arg.trim();
    if (/^["']/.test(text)) return BigInt(text.charCodeAt(1) || 0);
    const [, sign = '', digits] = /^([-+]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text) ?? [];
    if (digits === undefined) {
      if (arg !== '') this.complaints.push(`${arg}: expected numeric value`);
      return 0n;
    }
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return sign === '-' ? -value : value;
  }
}

function pad(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || kind === 's' || kind === 'c') return text.padStart(width);
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

/** The format is used again while there are words left. */
export function formatted(format: string, args: readonly string[]): Printed {
  const formatter = new Formatter(args);
  const text = formatter.print(format);
  return { text, complaints: formatter.complaints };
}
