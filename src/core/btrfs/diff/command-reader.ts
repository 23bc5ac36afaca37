/**
 * Decides where the commands of a btrfs send stream begin and end, and what attributes each has. Each command is checked
 * by its checksum, and no more than one is kept. Format: linux/fs/btrfs/send.h, versions 1 to 3.
 */
import { ATTRIBUTE, COMMAND, COMMAND_HEADER, MAGIC, STREAM_HEADER } from '../read/send-stream.ts';
import { crc32c } from './crc32c.ts';

/** More than any kernel knows of. */
const ATTRIBUTES = 64;

/** One command, only until the next is read. */
export interface StreamCommand {
  readonly code: number;
  /** From 1. */
  readonly index: number;
  /** Bytes of the attribute, one character for each byte; null: it has none. */
  text(attribute: number): string | null;
  /** Null: it has none, or not one of eight bytes. */
  number(attribute: number): number | null;
  /** Whole seconds since 1970, and nanoseconds; null: it has none, or not a time. */
  time(attribute: number): { readonly seconds: number; readonly nanoseconds: number } | null;
  /** Bytes of the attribute; null: it has none. */
  length(attribute: number): number | null;
}

export interface CommandReader {
  /** Takes the next bytes, cut anywhere. Keeps none of them beyond the command they belong to. */
  push(chunk: Uint8Array): void;
  /** Nothing more is read; `why`: what is wrong with the stream. */
  stop(why: string): void;
  /** Null: nothing is wrong so far. */
  broken(): string | null;
  /** The end command was read: the stream is whole. */
  ended(): boolean;
}

/** The checksum of a command is of all of it, with zeros in this place of its header. */
const CRC_AT = 6;
/** A write has at most 144 KiB from version 2 on, or 192 KiB with pages of 64 KiB; no other command is longer. */
const LONGEST = 256 * 1024;

/** `onCommand` sees each command but the end; it may call `stop`. */
export function createCommandReader(
  onCommand: (command: StreamCommand, reader: CommandReader) => void,
): CommandReader {
  return new Reader(onCommand);
}

class Reader implements CommandReader, StreamCommand {
  readonly #onCommand: (command: StreamCommand, reader: CommandReader) => void;
  readonly #bytes = Buffer.alloc(COMMAND_HEADER + LONGEST);
  readonly #at = new Int32Array(ATTRIBUTES);
  readonly #size = new Int32Array(ATTRIBUTES);
  #have = 0;
  #need = STREAM_HEADER;
  #version = 0;
  #ended = false;
  #broken: string | null = null;
  code = 0;
  index = 0;

  constructor(onCommand: (command: StreamCommand, reader: CommandReader) => void) {
    this.#onCommand = onCommand;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#broken === null) {
      if (this.#ended) {
        this.stop('it goes on after its end');
        return;
      }
      const step = Math.min(this.#need - this.#have, chunk.length - at);
      this.#bytes.set(chunk.subarray(at, at + step), this.#have);
      this.#have += step;
      at += step;
      if (this.#have === this.#need) this.#readPiece();
    }
  }

  stop(why: string): void {
    this.#broken ??= why;
  }

  broken(): string | null {
    return this.#broken;
  }

  ended(): boolean {
    return this.#ended && this.#broken === null;
  }

  text(attribute: number): string | null {
    const size = this.#size[attribute] ?? -1;
    if (size < 0) return null;
    const at = this.#at[attribute] ?? 0;
    return this.#bytes.toString('latin1', at, at + size);
  }

  number(attribute: number): number | null {
    if (this.#size[attribute] !== 8) return null;
    const at = this.#at[attribute] ?? 0;
    return this.#bytes.readUInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at);
  }

  time(attribute: number): { readonly seconds: number; readonly nanoseconds: number } | null {
    if (this.#size[attribute] !== 12) return null;
    const at = this.#at[attribute] ?? 0;
    return {
      seconds: Number(this.#bytes.readBigInt64LE(at)),
      nanoseconds: this.#bytes.readUInt32LE(at + 8),
    };
  }

  length(attribute: number): number | null {
    const size = this.#size[attribute] ?? -1;
    return size < 0 ? null : size;
  }

  #readPiece(): void {
    if (this.#version === 0) {
      this.#readStreamHeader();
      return;
    }
    if (this.#need === COMMAND_HEADER) {
      const length = this.#bytes.readUInt32LE(0);
      if (length > LONGEST) {
        this.stop(`command ${this.index + 1} cannot be ${length} bytes long`);
        return;
      }
      this.#need = COMMAND_HEADER + length;
      if (this.#have < this.#need) return;
    }
    this.#readCommand(this.#need);
    this.#have = 0;
    this.#need = COMMAND_HEADER;
  }

  #readStreamHeader(): void {
    const magic = this.#bytes.toString('latin1', 0, MAGIC.length);
    this.#version = this.#bytes.readUInt32LE(MAGIC.length);
    if (magic !== MAGIC || this.#version === 0) this.stop('it does not begin like a btrfs send stream');
    this.#have = 0;
    this.#need = COMMAND_HEADER;
  }

  #readCommand(end: number): void {
    this.index++;
    this.code = this.#bytes.readUInt16LE(4);
    const told = this.#bytes.readUInt32LE(CRC_AT);
    this.#bytes.fill(0, CRC_AT, COMMAND_HEADER);
    if (crc32c(this.#bytes, 0, end) !== told) this.stop(`the checksum of command ${this.index} is wrong`);
    else if (this.code === COMMAND.end) this.#ended = true;
    else if (this.#readAttributes(end)) this.#onCommand(this, this);
    else this.stop(`command ${this.index} ends inside of an attribute`);
  }

  /** u16 type, u16 length, value. From version 2 on `data` has no length: it is the last and takes the rest. */
  #readAttributes(end: number): boolean {
    this.#size.fill(-1);
    for (let at = COMMAND_HEADER; at < end; ) {
      if (end - at < 2) return false;
      const attribute = this.#bytes.readUInt16LE(at);
      const takesRest = attribute === ATTRIBUTE.data && this.#version > 1;
      const head = takesRest ? 2 : 4;
      if (end - at < head) return false;
      const size = takesRest ? end - at - head : this.#bytes.readUInt16LE(at + 2);
      at += head;
      if (size > end - at) return false;
      if (attribute < ATTRIBUTES) {
        this.#at[attribute] = at;
        this.#size[attribute] = size;
      }
      at += size;
    }
    return true;
  }
}
