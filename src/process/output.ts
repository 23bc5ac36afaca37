/**
 * Decides what a command leaves behind: one JSON document or text on stdout, everything else on stderr, and an exit
 * code that scripts can build on.
 */
import type { Fault, FaultCode } from '../core/model/fault.ts';
import { harmlessJson } from '../core/model/harmless.ts';
import { formatText } from '../text/format.ts';

/** 0 done; 1 failed, or failed on some target; 2 wrong usage or unreadable configuration; 3 refused; 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

const EXIT_CODES: Partial<Record<FaultCode, ExitCode>> = {
  usage: 2,
  'config-invalid': 2,
  'vault-locked': 2,
  'vault-tampered': 2,
  refused: 3,
  held: 3,
  'last-base': 3,
  'nested-subvolumes': 3,
  'foreign-snapshot': 3,
  'server-in-use': 3,
  'task-in-use': 3,
  'same-filesystem': 3,
  cancelled: 130,
};

export const exitCodeOf = (fault: Fault): ExitCode => EXIT_CODES[fault.code] ?? 1;

export interface Output {
  readonly json: boolean;
  /** The result: the value as JSON, or the text, on stdout. */
  result(value: unknown, text: string): void;
  /** As `result`, with lists that are long: they are written piece by piece, and never held as one text. */
  long(
    value: Readonly<Record<string, unknown>>,
    lists: Readonly<Record<string, readonly unknown[]>>,
    lines: readonly string[],
  ): void;
  /** A command that failed as a whole; returns its exit code. `more`: what else the document says. */
  fault(fault: Fault, more?: Readonly<Record<string, unknown>>): ExitCode;
  /** Something beside the result, for people, on stderr. */
  note(text: string): void;
  /** Where it is shown how far something is. */
  readonly progress: Drawable;
}

/** A stream that may be a terminal. */
export interface Drawable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: Drawable;
}

export function createOutput(json: boolean, streams: Streams): Output {
  const note = (text: string): void => {
    streams.stderr.write(`${formatText(text)}\n`);
  };
  return {
    json,
    note,
    progress: streams.stderr,
    result: (value, text) => {
      if (json) streams.stdout.write(`${harmlessJson(value, 2)}\n`);
      else if (text !== '') streams.stdout.write(`${formatText(text)}\n`);
    },
    long: (value, lists, lines) => {
      const pieces = json ? jsonPieces(value, lists) : lines.map((line) => `${formatText(line)}\n`);
      writeAll(streams.stdout, pieces);
    },
    fault: (fault, more = {}) => {
      if (json) streams.stdout.write(`${harmlessJson({ fault, ...more }, 2)}\n`);
      else note(formatFault(fault));
      return exitCodeOf(fault);
    },
  };
}

/** One object: the values, then the lists, an entry on each line. */
function* jsonPieces(
  value: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Iterable<string> {
  let before = '{';
  for (const [key, one] of Object.entries(value)) {
    yield `${before}\n  ${harmlessJson(key)}: ${harmlessJson(one)}`;
    before = ',';
  }
  for (const [key, list] of Object.entries(lists)) {
    yield `${before}\n  ${harmlessJson(key)}: [`;
    before = ',';
    for (const [index, one] of list.entries()) yield `${index === 0 ? '' : ','}\n    ${harmlessJson(one)}`;
    yield list.length === 0 ? ']' : '\n  ]';
  }
  yield '\n}\n';
}

/** A write for each line would take longer than all else. */
const PIECE = 65_536;

function writeAll(stream: Streams['stdout'], pieces: Iterable<string>): void {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    stream.write(text);
    text = '';
  }
  if (text !== '') stream.write(text);
}

/** Two lines: what happened, and what to do about it. Further ones are indented, so that none looks like one of ours. */
export function formatFault(fault: Fault): string {
  const advice = fault.hint === '' ? '' : `\n${fault.hint}`;
  return indented(`btrfleet: ${placedMessage(fault)}${advice} (${fault.code})`, '  ');
}

/** The message, with the server in front where it does not name it. A server may well be called `c`. */
export function placedMessage({ message, server }: Fault): string {
  const words = message.split(/[^\p{L}\p{N}._-]+/u).map((word) => word.replace(/[.]+$/, ''));
  return server === null || words.includes(server) ? message : `${server}: ${message}`;
}

/** Every line but the first begins with `by`. */
export const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);
