/**
 * Splits what the terminal sends into keys, one at a time: over a slow line `jj` and Enter arrive as one chunk, and
 * whatever has the keys must see three. Pasted text and escape sequences stay whole.
 */
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Typing } from '../store/app.ts';
import { BURST, keyQueue } from './key-queue.ts';

const PASTE_BEGIN = '\u001b[200~';
const PASTE_END = '\u001b[201~';
/** How Esc is written so that it is whole by itself: after a bare one Ink waits for more, and would join the next key. */
const ESC_KEY = '\u001b[27u';
/** Milliseconds in which what follows an Esc belongs to it. */
const ESC_WAIT = 30;
/** Milliseconds of silence after which a paste is taken to be over, and the rest of a sequence to be lost. */
const PASTE_WAIT = 1000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /^\u001b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|O[0-9;]*[A-Za-z])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const UNFINISHED = /^\u001b(?:\[[0-9;:<=>?]*[ -/]*|O[0-9;]*)?$/;
/** The rest of a sequence whose Esc came alone. */
const TORN = /^(?:\[(?:[0-9;:<=>?]*[A-HPQRSZu~]|200~)|O[A-DFHP-S]$)/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The keys in a text, and what must wait for the next one: a paste or a sequence whose end has not come. */
export function splitKeys(text: string): { readonly keys: string[]; readonly rest: string } {
  const keys: string[] = [];
  let at = 0;
  while (at < text.length) {
    const left = text.slice(at);
    if (left.startsWith(PASTE_BEGIN)) {
      const end = left.indexOf(PASTE_END);
      if (end < 0) return { keys, rest: left };
      keys.push(left.slice(0, end + PASTE_END.length));
      at += end + PASTE_END.length;
      continue;
    }
    if (UNFINISHED.test(left)) return { keys, rest: left };
    const key = nextKey(left);
    keys.push(key === '\u001b' ? ESC_KEY : key);
    at += key.length;
  }
  return { keys, rest: '' };
}

/** No key of ours has Alt: what comes with an Esc before it is Esc, then that key. */
function nextKey(text: string): string {
  const sequence = SEQUENCE.exec(text)?.[0];
  if (sequence !== undefined) return sequence;
  const first = graphemes.segment(text)[Symbol.iterator]().next();
  return first.done ? text : first.value.segment;
}

/** What Ink reads, and what the screen may ask of the key that it got last. */
export type KeyStream = NodeJS.ReadStream & { readonly typing: Typing };

/**
 * A terminal for Ink that gives one key at a time, each in a turn of its own, so that the screen has seen the last.
 * `within`: milliseconds between two keys of a burst; 0: only what comes in one chunk is one.
 */
export function createKeyStream(terminal: NodeJS.ReadStream, within = BURST): KeyStream {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let wait: NodeJS.Timeout | undefined;
  let escWasLast = false;
  const stream = new Readable({ objectMode: true, read: () => {} });
  const queue = keyQueue(within, (key) => stream.push(key));
  const onData = (chunk: Uint8Array | string): void => {
    clearTimeout(wait);
    const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
    // Nobody types that at once: on a line that stopped just here, the Esc was the beginning of a sequence.
    const isTorn = escWasLast && TORN.test(text);
    escWasLast = false;
    const split = splitKeys(isTorn ? `\u001b${text}` : rest + text);
    rest = split.rest;
    queue.add(...split.keys);
    if (rest === '\u001b') wait = setTimeout(giveEsc, ESC_WAIT);
    else if (rest.startsWith(PASTE_BEGIN)) wait = setTimeout(endPaste, PASTE_WAIT);
    else if (rest !== '') wait = setTimeout(giveUp, PASTE_WAIT);
  };
  /** The rest of a sequence was lost, and as keys its characters would do what nobody asked for; Esc and one key may be meant. */
  const giveUp = (): void => {
    if (rest.length === 2) queue.add(ESC_KEY, rest.slice(1));
    rest = '';
  };
  /** Its end was lost: what came is a paste all the same, and keys must work again. */
  const endPaste = (): void => {
    queue.add(`${rest}${PASTE_END}`);
    rest = '';
  };
  const giveEsc = (): void => {
    rest = '';
    escWasLast = true;
    queue.add(ESC_KEY);
  };
  const listen = (on: boolean): void => {
    terminal.off('data', onData);
    if (!on) {
      clearTimeout(wait);
      rest = '';
      queue.clear();
      terminal.pause();
      return;
    }
    terminal.on('data', onData);
    // After a pause a listener alone does not make it flow again.
    terminal.resume();
  };
  return Object.assign(asTerminal(stream, terminal, listen), { typing: queue.typing });
}

/** What Ink asks of a terminal beside reading it. */
function asTerminal(
  stream: Readable,
  terminal: NodeJS.ReadStream,
  listen: (on: boolean) => void,
): NodeJS.ReadStream {
  return Object.assign(stream, {
    isTTY: true as const,
    isRaw: false,
    fd: 0 as const,
    setEncoding: () => stream,
    setRawMode: (raw: boolean) => {
      terminal.setRawMode?.(raw);
      listen(raw);
      return stream;
    },
    ref: () => {
      terminal.ref();
      return stream;
    },
    unref: () => {
      terminal.unref();
      return stream;
    },
  }) as unknown as NodeJS.ReadStream;
}
