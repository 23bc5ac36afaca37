/** Decides what a send stream is of, by its first command: which snapshot it makes, and on which it builds. */
import { ATTRIBUTE, COMMAND } from '../read/send-stream.ts';
import { createCommandReader } from './command-reader.ts';

export interface StreamHead {
  /** As the receive will call it, one character for each byte. */
  readonly name: string;
  /** The received uuid that it will have. */
  readonly originId: string;
  /** Origin id of what it builds on; null: it is in full. */
  readonly base: string | null;
}

/** `text`: its first bytes in hexadecimal digits. Null: it is no send stream, or is cut before the end of its first command. */
export function parseStreamHead(text: string): StreamHead | null {
  const digits = text.replaceAll(/[^0-9a-f]+/g, '');
  let head: StreamHead | null = null;
  let isFirst = true;
  const reader = createCommandReader((command) => {
    if (!isFirst) return;
    isFirst = false;
    const { code } = command;
    const name = command.text(ATTRIBUTE.path);
    const originId = uuidIn(command.text(ATTRIBUTE.uuid));
    const base = code === COMMAND.snapshot ? uuidIn(command.text(ATTRIBUTE.cloneUuid)) : null;
    const isWhole = code === COMMAND.subvolume || (code === COMMAND.snapshot && base !== null);
    if (isWhole && name !== null && originId !== null) head = { name, originId, base };
  });
  reader.push(Buffer.from(digits.slice(0, digits.length - (digits.length % 2)), 'hex'));
  return head;
}

function uuidIn(bytes: string | null): string | null {
  if (bytes?.length !== 16) return null;
  const digits = Buffer.from(bytes, 'latin1').toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
