/**
 * Decides whether a text is JSON and, where it is not, at which line and column and why: what `JSON.parse` does not
 * always tell. A key that is there twice is a flaw too: one of the two would be lost without a word.
 */
import { failed, ok, type Result } from '../../model/result.ts';

export interface JsonFlaw {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly reason: string;
}

export function parseJson(bytes: Uint8Array): Result<unknown, JsonFlaw> {
  const text = decode(bytes);
  if (text === null) return failed({ line: 1, column: 1, reason: 'the file is not UTF-8' });
  try {
    document({ text, at: 0 });
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof Flaw) return failed(placed(text, error));
    throw error;
  }
}

/** Null: not UTF-8. A byte order mark is left out. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** It is thrown inside, so that the grammar can be read. */
class Flaw extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

const SPACE = /[ \t\r\n]*/y;
/** Up to its end; `JSON.parse` knows what may stand in it. */
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const DEEPEST = 100;

interface Scan {
  readonly text: string;
  at: number;
}

/** As RFC 8259 has it. */
function document(scan: Scan): void {
  value(scan, 0);
  const more = next(scan);
  if (more !== undefined) stop(scan.at, `nothing more is expected, not ${shown(more)}`);
}

function value(scan: Scan, depth: number): void {
  const first = next(scan);
  if (depth > DEEPEST) stop(scan.at, 'it is nested too deeply');
  if (first === undefined)
    stop(scan.at, scan.text.trim() === '' ? 'the file is empty' : 'the file ends too early');
  else if (first === '{') members(scan, depth);
  else if (first === '[') list(scan, ']', () => value(scan, depth + 1));
  else if (first === '"') string(scan);
  else if (take(scan, SCALAR) === null) stop(scan.at, `a value is expected, not ${shown(first)}`);
}

function members(scan: Scan, depth: number): void {
  const keys = new Set<string>();
  list(scan, '}', () => {
    if (scan.text[scan.at] !== '"')
      stop(scan.at, `a key in double quotes is expected, not ${shown(scan.text[scan.at])}`);
    const start = scan.at;
    const key = string(scan);
    if (keys.has(key)) stop(start, `the key ${JSON.stringify(key)} is there twice`);
    keys.add(key);
    const colon = next(scan);
    if (colon !== ':') stop(scan.at, `a colon is expected, not ${shown(colon)}`);
    scan.at += 1;
    value(scan, depth + 1);
  });
}

function list(scan: Scan, end: '}' | ']', item: () => void): void {
  scan.at += 1;
  let follows = next(scan) === end ? end : ',';
  if (follows === end) scan.at += 1;
  while (follows === ',') {
    if (next(scan) === end) stop(scan.at, `a comma with nothing after it`);
    item();
    const found = next(scan);
    follows =
      found === ',' || found === end
        ? found
        : stop(scan.at, `a comma or ${end} is expected, not ${shown(found)}`);
    scan.at += 1;
  }
}

function string(scan: Scan): string {
  const start = scan.at;
  try {
    return JSON.parse(take(scan, STRING) ?? '') as string;
  } catch {
    return stop(start, 'a string that never ends, or holds a line break or a wrong escape');
  }
}

/** The next character that is not a space, which is not taken. */
function next(scan: Scan): string | undefined {
  take(scan, SPACE);
  return scan.text[scan.at];
}

function take(scan: Scan, token: RegExp): string | null {
  token.lastIndex = scan.at;
  const found = token.exec(scan.text)?.[0] ?? null;
  if (found !== null) scan.at += found.length;
  return found;
}

function stop(at: number, reason: string): never {
  throw new Flaw(at, reason);
}

const shown = (character: string | undefined): string =>
  character === undefined ? 'the end of the file' : JSON.stringify(character);

function placed(text: string, { at, message: reason }: Flaw): JsonFlaw {
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, reason };
}
