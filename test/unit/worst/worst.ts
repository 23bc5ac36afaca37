/** One worst input of what reads it, and how such inputs are made: only what the bounded reader lets through. */

const MIB = 1024 * 1024;

export interface Worst {
  readonly title: string;
  /** What is fed; their names are compared with those of all there are. */
  readonly feeds: readonly unknown[];
  /** Bytes: the bound of whoever reads it from a server. */
  readonly most: number;
  /** Makes an input of about so many bytes, and returns what reads it. */
  readonly input: (bytes: number) => () => unknown;
}

/** As `hosts/bounded-output` counts it. */
const COST_OF_LINE = 64;
/** Of a line, and its end. */
const LONGEST = MIB - 1;

/** As many lines as the bound lets through. */
export function rows(bytes: number, line: (index: number) => string): string[] {
  const lines: string[] = [];
  for (let cost = 0; ; ) {
    const text = line(lines.length);
    cost += Math.max(COST_OF_LINE, text.length + 1);
    if (cost > bytes) return lines;
    lines.push(text);
  }
}

const UNITS = ['x', ' ', '\t', '1', '/a', '.', '-', '].x ', '\\040', ',', '\u2028'];
const TAILS = ['', '\r', ' !'];

/** Long enough for what looks at a line from each place of it, and so short that all of them are read in a moment. */
const LONG = 16 * 1024;

/** For each beginning lines with long runs of each kind, which end in what is not expected. */
export function runs(bytes: number, beginnings: readonly string[]): string[] {
  const all = beginnings.flatMap((head) =>
    UNITS.flatMap((unit) => TAILS.map((tail) => ({ head, unit, tail }))),
  );
  const each = Math.max(Math.min(LONG, bytes / 8), Math.min(LONGEST, bytes / all.length));
  return all.map(({ head, unit, tail }) => {
    const count = (each - head.length - tail.length) / unit.length;
    return head + unit.repeat(Math.max(0, count)) + tail;
  });
}

/** One text without end, as far as a line may go, again and again. */
export const endless = (bytes: number, unit: string, head = ''): string[] =>
  Array.from({ length: Math.ceil(bytes / LONGEST) }, () => {
    const size = Math.min(bytes, LONGEST) - head.length;
    return head + unit.repeat(Math.max(0, size / unit.length));
  });

/** What makes each parser of lines work hardest, whatever its lines are like. */
export function ofLines(
  about: Pick<Worst, 'title' | 'feeds' | 'most'>,
  beginnings: readonly string[],
  read: (lines: readonly string[]) => unknown,
): Worst[] {
  const kinds: readonly (readonly [string, (bytes: number) => readonly string[]])[] = [
    ['long runs', (bytes) => runs(bytes, beginnings)],
    ['one line without end', (bytes) => endless(bytes, 'x')],
    ['blanks without end', (bytes) => endless(bytes, ' ')],
    ['only line ends', (bytes) => rows(bytes, () => '')],
    ['beginnings alone', (bytes) => rows(bytes, (index) => beginnings[index % beginnings.length] ?? '')],
    ['beginnings in one line', (bytes) => endless(bytes, beginnings.join(''))],
  ];
  return kinds.map(([kind, make]) => ({
    ...about,
    title: `${about.title}: ${kind}`,
    input: (bytes) => {
      const text = make(bytes).join('\n');
      // As they come from a server: of strings that were split once V8 remembers the parts.
      return () => read(text.split('\n'));
    },
  }));
}

/** As `ofLines`, for what takes a whole text. */
export const ofText = (
  about: Pick<Worst, 'title' | 'feeds' | 'most'>,
  beginnings: readonly string[],
  read: (text: string) => unknown,
): Worst[] =>
  ofLines(about, beginnings, (lines) => read(lines.join('\n'))).concat(
    ofLines({ ...about, title: `${about.title}, each line` }, beginnings, (lines) => lines.map(read)).slice(
      0,
      1,
    ),
  );

/** Bytes of a command that says no other (hosts/run-command). */
export const COMMAND = 16 * 1024 * 1024;

export const N = 'n0nce';

/** Of parts of scripts: as many as the answer has room for, each asked for by its number. */
export const ofParts = (
  title: string,
  feeds: Worst['feeds'],
  titles: readonly string[],
  read: (output: string, count: number) => unknown,
): Worst[] =>
  (
    [
      ['each its own', (index: number) => `${N} ${titles[index % titles.length]} ${index}`],
      ['all the same', (index: number) => `${N} ${titles[index % titles.length]} 0`],
      ['of none that was asked for', (index: number) => `${N} ${titles[index % titles.length]} x`],
    ] as const
  ).map(([kind, head]) => ({
    title: `${title}: ${kind}`,
    feeds,
    most: COMMAND,
    input: (bytes) => {
      const lines = rows(bytes, (index) => (index % 2 ? `${N} end 0` : head(index / 2)));
      const output = [...lines, `${N} over`, `${N} end 0`, ''].join('\n');
      // Whoever asks for more gives a command that is longer; a server may say of each, and more.
      const count = Math.ceil(lines.length / 2);
      return () => read(output, count);
    },
  }));
