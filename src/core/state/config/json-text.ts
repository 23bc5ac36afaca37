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
  const flaw = findFlaw(text);
  return flaw === null ? ok(JSON.parse(text) as unknown) : failed(placed(text, flaw));
}

/** Null: not UTF-8. A byte order mark is left out. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

interface Flaw {
  readonly at: number;
  readonly reason: string;
}

const SPACE = /[ \t\r\n]*/y;
/** Up to its end; `JSON.parse` knows what may stand in it. */
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const DEEPEST = 100;

/** Null: it is JSON, as RFC 8259 has it. A flaw is thrown inside, so that the grammar can be read. */
function findFlaw(text: string): Flaw | null {
  const scan: Scan = { text, at: 0 };
  try {
    value(scan, 0);
    const more = next(scan);
    return more === undefined ? null : flaw(scan, `nothing more is expected, not ${shown(more)}`);
  } catch (error) {
    if (error instanceof FlawFound) return error.flaw;
    throw error;
  }
}

interface Scan {
  readonly text: string;
  at: number;
}

function value(scan: Scan, depth: number): void {
  const first = next(scan);
  if (depth > DEEPEST) stop(scan, 'it is nested too deeply');
  if (first === undefined)
    stop(scan, scan.text.trim() === '' ? 'the file is empty' : 'the file ends too early');
  else if (first === '{') members(scan, depth);
  else if (first === '[') list(scan, ']', () => value(scan, depth + 1));
  else if (first === '"') string(scan);
  else if (take(scan, SCALAR) === null) stop(scan, `a value is expected, not ${shown(first)}`);
}

function members(scan: Scan, depth: number): void {
  const keys = new Set<string>();
  list(scan, '}', () => {
    if (scan.text[scan.at] !== '"')
      stop(scan, `a key in double quotes is expected, not ${shown(scan.text[scan.at])}`);
    const start = scan.at;
    const key = string(scan);
    if (keys.has(key)) stop({ ...scan, at: start }, `the key ${JSON.stringify(key)} is there twice`);
    keys.add(key);
    const colon = next(scan);
    if (colon !== ':') stop(scan, `a colon is expected, not ${shown(colon)}`);
    scan.at += 1;
    value(scan, depth + 1);
  });
}

function list(scan: Scan, end: '}' | ']', item: () => void): void {
  scan.at += 1;
  let follows = next(scan) === end ? end : ',';
  if (follows === end) scan.at += 1;
  while (follows === ',') {
    if (next(scan) === end) stop(scan, `a comma with nothing after it`);
    item();
    const found = next(scan);
    follows =
      found === ',' || found === end
        ? found
        : stop(scan, `a comma or ${end} is expected, not ${shown(found)}`);
    scan.at += 1;
  }
}

function string(scan: Scan): string {
  const start = scan.at;
  try {
    return JSON.parse(take(scan, STRING) ?? '') as string;
  } catch {
    return stop({ ...scan, at: start }, 'a string that never ends, or holds a line break or a wrong escape');
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

const flaw = ({ at }: Scan, reason: string): Flaw => ({ at, reason });

function stop(scan: Scan, reason: string): never {
  throw new FlawFound(flaw(scan, reason));
}

class FlawFound extends Error {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.reason);
    this.flaw = flaw;
  }
}

const shown = (character: string | undefined): string =>
  character === undefined ? 'the end of the file' : JSON.stringify(character);

function placed(text: string, { at, reason }: Flaw): JsonFlaw {
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, reason };
}
