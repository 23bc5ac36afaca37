/** Decides what a server said of files that it staged or placed (`extract/stage-script`, `extract/place-script`). */
import { parseSections, type Section } from '../read/sections.ts';
import { uuidOf } from '../read/show.ts';

/** Why nothing was changed. */
export const EXTRACT_REFUSALS = [
  'before',
  'changed',
  'copy',
  'cut',
  'gone',
  'kept',
  'lacks',
  'locked',
  'room',
  'source',
  'stage',
  'taken',
  'unpack',
] as const;
export type ExtractRefusal = (typeof EXTRACT_REFUSALS)[number];

export type SaidStaged =
  | {
      readonly kind: 'staged';
      /** Names of what was left by those that were cut off: gone now, or what of it is nowhere else. */
      readonly removed: readonly string[];
      readonly spared: readonly string[];
      /** There was no way to share what is on the disk, so it was copied. */
      readonly isCopied: boolean;
      /** What tar wrote of what it could not keep, a line each. */
      readonly warnings: readonly string[];
    }
  | SaidRefused
  /** It was cut off. */
  | { readonly kind: 'unknown' };

export interface SaidRefused {
  readonly kind: 'refused';
  readonly why: ExtractRefusal;
  /** Of `lacks`: the tool. */
  readonly tool: string;
  /** What the command that failed wrote. */
  readonly said: string;
}

export type SaidPlaced =
  | SaidRefused
  | {
      readonly kind: 'placed';
      readonly before: string | null;
      readonly done: number;
      /** Not begun, as one before it failed for all. */
      readonly undone: number;
      readonly missed: readonly SaidMissed[];
      /** There are more of those than are told. */
      readonly misses: number;
      /** Something of the stage could not be taken away. */
      readonly isKept: boolean;
    }
  /** It was cut off; `before`: the snapshot was made. */
  | { readonly kind: 'unknown'; readonly before: string | null };

/** Lines of the orders, from 1, that could not be carried out, and what was said. */
export interface SaidMissed {
  readonly lines: readonly number[];
  readonly said: string;
}

const MOST_WARNINGS = 100;
/** Characters. */
const LONGEST_WARNING = 1000;

export function parseStaged(nonce: string, output: string): SaidStaged {
  const sections = parseSections(nonce, output);
  const refused = refusalIn(sections);
  if (refused) return refused;
  const over = sections.at(-1);
  const isWhole = over?.code === 0 && sections.some(({ title }) => title[0] === 'staged');
  if (!isWhole) return { kind: 'unknown' };
  const isCopied = sections.some(({ title }) => title[0] === 'copied');
  const warned = sections.find(({ title }) => title[0] === 'warned');
  const lines = warned?.lines.filter((line) => line !== '') ?? [];
  const warnings = lines.slice(0, MOST_WARNINGS).map((line) => line.slice(0, LONGEST_WARNING));
  const named = (word: string): string[] =>
    sections.flatMap(({ title }) => (title[0] === word ? title.slice(1, 2) : []));
  return { kind: 'staged', removed: named('removed'), spared: named('spared'), warnings, isCopied };
}

export function parsePlaced(nonce: string, output: string): SaidPlaced {
  const sections = parseSections(nonce, output);
  const refused = refusalIn(sections);
  if (refused) return refused;
  const before = uuidOf(sections.find(({ title }) => title[0] === 'before')?.title[1] ?? '');
  const last = sections.at(-1);
  if (last?.title[0] !== 'placed' || last.code !== 0) return { kind: 'unknown', before };
  const [done = 0, undone = 0, misses = 0] = last.title.slice(1).map(Number);
  const missed = sections.filter(({ title }) => title[0] === 'missed');
  return {
    ...{ kind: 'placed', before, done, undone, misses },
    missed: missed.map((one) => ({ lines: one.title.slice(1).map(Number), said: textOf(one) })),
    isKept: sections.some(({ title }) => title[0] === 'kept'),
  };
}

function refusalIn(sections: readonly Section[]): SaidRefused | null {
  const last = sections.at(-1);
  const why = EXTRACT_REFUSALS.find((one) => one === last?.title[0]);
  if (!last || !why || last.code !== 0) return null;
  return { kind: 'refused', why, tool: last.title[1] ?? '', said: textOf(last) };
}

const textOf = ({ lines }: Section): string => lines.join('\n').trim();
