/** Decides how the beginning of a file is shown: its lines, harmless for any terminal, or that it is no text. */
import type { FilePreview } from '../../model/files.ts';
import { harmless } from '../../model/harmless.ts';

const DECODER = new TextDecoder();
const NUL = 0;
const TAB = 8;
/** Of a hundred characters that are no text, so many make it none: a log may hold colours. */
const MOST_ODD = 10;

/** `sizeBytes`: of the whole file. */
export function previewOf(bytes: Uint8Array, sizeBytes: number): FilePreview {
  const isWhole = bytes.length >= sizeBytes;
  const about = { readBytes: bytes.length, isWhole };
  if (bytes.includes(NUL)) return { ...about, lines: null };
  const text = DECODER.decode(bytes);
  const odd = text.match(ODD)?.length ?? 0;
  if (odd * 100 > text.length * MOST_ODD) return { ...about, lines: null };
  const lines = text.split('\n');
  // The last line ends, too; where it was cut, that of it which came is shown.
  if (lines.at(-1) === '') lines.pop();
  return { ...about, lines: lines.map(shownLine) };
}

/** Neither in UTF-8 nor for people. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const ODD = /[\u0000-\u0008\u000b\u000e-\u001f\ufffd]/g;

/** Columns that anybody has are far fewer. */
const LONGEST_LINE = 2000;

/** With blanks for tabs. */
export function shownLine(line: string): string {
  const [first = '', ...others] = line.slice(0, LONGEST_LINE).replace(/\r$/, '').split('\t');
  const spread = others.reduce((done, part) => done + ' '.repeat(TAB - (done.length % TAB)) + part, first);
  return harmless(spread);
}
