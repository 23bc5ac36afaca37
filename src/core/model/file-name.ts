/**
 * Names of files as text. On a server a name is any bytes but `/` and NUL; most are UTF-8. A byte that is not is written
 * as a lone surrogate, U+DC00 and the byte, as Python does it (PEP 383): so each name is one text, and no two are the same.
 */

const ESCAPE = 0xdc00;

/** The text of a name, or of a path. */
export function nameFromBytes(bytes: Uint8Array): string {
  const end = validUntil(bytes, 0);
  if (end === bytes.length) return UTF8.decode(bytes);
  let text = '';
  let from = 0;
  for (let at = end; at < bytes.length; at = validUntil(bytes, from)) {
    text += UTF8.decode(bytes.subarray(from, at)) + String.fromCharCode(ESCAPE + (bytes[at] ?? 0));
    from = at + 1;
  }
  return text + UTF8.decode(bytes.subarray(from));
}

/** What `nameFromBytes` was given. Null: half a surrogate pair that stands for no byte. */
export function bytesOfName(name: string): Uint8Array | null {
  if (name.isWellFormed()) return ENCODER.encode(name);
  const parts: number[] = [];
  for (const character of name) {
    const unit = character.charCodeAt(0);
    if (character.length > 1 || unit < 0xd800 || unit > 0xdfff) {
      for (const byte of ENCODER.encode(character)) parts.push(byte);
    } else if (unit >= ESCAPE + 0x80 && unit <= ESCAPE + 0xff) {
      parts.push(unit - ESCAPE);
    } else {
      return null;
    }
  }
  return Uint8Array.from(parts);
}

/** Of texts that names were put into, in one. Throws where one has no bytes: whoever takes in a name looks at that. */
export function bytesOfNames(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => bytesOfName(text));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  let at = 0;
  for (const part of parts) {
    if (part === null) throw new Error('A name stands for no bytes.');
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Its bytes in hexadecimal. */
export const hexOf = (name: string): string =>
  Array.from(bytesOfName(name) ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of a name that is not UTF-8 in hexadecimal; null: its text is all of it. */
export const bytesText = (name: string | null): string | null =>
  name === null || isPlainName(name) ? null : hexOf(name);

/** What is not UTF-8 in it is U+FFFD: half a surrogate pair is no text for many programs that read JSON. */
export const plainText = (name: string): string => name.toWellFormed();

/** All of it is UTF-8, so that any program reads it as it is meant. */
export const isPlainName = (name: string): boolean => name.isWellFormed();

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Where the first byte is that is not UTF-8, from `at` on; the length where all of it is. */
function validUntil(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const length = sequenceAt(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** Bytes of the character that begins there; 0: none does (RFC 3629, section 4). */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first >= 0xc2 && first <= 0xdf) return isTail(second) ? 2 : 0;
  const isThird = isTail(bytes[at + 2] ?? 0);
  if (first >= 0xe0 && first <= 0xef) {
    const least = first === 0xe0 ? 0xa0 : 0x80;
    const most = first === 0xed ? 0x9f : 0xbf;
    return second >= least && second <= most && isThird ? 3 : 0;
  }
  if (first < 0xf0 || first > 0xf4) return 0;
  const least = first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xf4 ? 0x8f : 0xbf;
  return second >= least && second <= most && isThird && isTail(bytes[at + 3] ?? 0) ? 4 : 0;
}

const isTail = (byte: number): boolean => byte >= 0x80 && byte <= 0xbf;
