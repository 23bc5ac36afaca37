/** Decides how commands of a send stream, version 1, are written and read; linux/fs/btrfs/send.h. */
import { crc32c, joinCrc } from './crc32c.ts';
import { dashed } from './uuid.ts';

export const COMMANDS = {
  subvol: 1,
  snapshot: 2,
  mkfile: 3,
  mkdir: 4,
  symlink: 8,
  rename: 9,
  link: 10,
  unlink: 11,
  rmdir: 12,
  setXattr: 13,
  removeXattr: 14,
  write: 15,
  clone: 16,
  truncate: 17,
  chmod: 18,
  chown: 19,
  utimes: 20,
  end: 21,
  updateExtent: 22,
} as const;
export type CommandName = keyof typeof COMMANDS;
const NAMES = new Map<number, string>(Object.entries(COMMANDS).map(([name, code]) => [code, name]));

export const ATTRIBUTES = {
  uuid: 1,
  ctransid: 2,
  ino: 3,
  size: 4,
  mode: 5,
  uid: 6,
  gid: 7,
  ctime: 9,
  mtime: 10,
  atime: 11,
  path: 15,
  pathTo: 16,
  link: 17,
  offset: 18,
  data: 19,
  cloneUuid: 20,
  cloneCtransid: 21,
  clonePath: 22,
  cloneOffset: 23,
  cloneLength: 24,
} as const;
export type AttributeName = keyof typeof ATTRIBUTES;

const MAGIC = 'btrfs-stream\0';
const STREAM_HEADER = MAGIC.length + 4;
const COMMAND_HEADER = 10;

/** A stream this model cannot take; the text is what btrfs says. */
export class StreamFault extends Error {}

export function streamHeader(): Uint8Array {
  const header = Buffer.alloc(STREAM_HEADER);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(1, MAGIC.length);
  return header;
}

/** In the order they are written. */
export type Attributes = Partial<Record<AttributeName, string | number | Uint8Array>>;

const WIDE: ReadonlySet<string> = new Set(['ctime', 'mtime', 'atime']);

/** Text is a byte string, a number 64 bits wide; times are in milliseconds. */
export function command(
  name: CommandName,
  attributes: Attributes,
  data?: { readonly bytes: Uint8Array; readonly crc: number },
): Uint8Array {
  const parts = Object.entries(attributes).map(
    ([key, value]) => [ATTRIBUTES[key as AttributeName], encoded(key, value)] as const,
  );
  const length = parts.reduce((sum, [, value]) => sum + 4 + value.length, data ? 4 : 0);
  const head = Buffer.alloc(COMMAND_HEADER + length);
  head.writeUInt32LE(length + (data?.bytes.length ?? 0), 0);
  head.writeUInt16LE(COMMANDS[name], 4);
  let at = COMMAND_HEADER;
  for (const [code, value] of parts) {
    head.writeUInt16LE(code, at);
    head.writeUInt16LE(value.length, at + 2);
    head.set(value, at + 4);
    at += 4 + value.length;
  }
  if (data) {
    head.writeUInt16LE(ATTRIBUTES.data, at);
    head.writeUInt16LE(data.bytes.length, at + 2);
  }
  const crc = crc32c(head);
  head.writeUInt32LE(data ? joinCrc(crc, data.crc, data.bytes.length) : crc, 6);
  return data ? Buffer.concat([head, data.bytes]) : head;
}

function encoded(key: string, value: string | number | Uint8Array): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (typeof value !== 'number') return value;
  const wide = Buffer.alloc(WIDE.has(key) ? 12 : 8);
  if (wide.length === 8) wide.writeBigUInt64LE(BigInt(value));
  else {
    const seconds = Math.floor(value / 1000);
    wide.writeBigUInt64LE(BigInt(seconds));
    wide.writeUInt32LE(Math.round((value - seconds * 1000) * 1e6), 8);
  }
  return wide;
}

export interface Command {
  readonly name: CommandName;
  text(attribute: AttributeName): string;
  /** Milliseconds, of a time. */
  number(attribute: AttributeName): number;
  uuid(attribute: AttributeName): string;
  readonly data: { readonly bytes: Uint8Array; readonly crc: number } | null;
}

/** Takes a stream in pieces, cut anywhere. */
export class CommandReader {
  #pieces: Uint8Array[] = [];
  #have = 0;
  #isBegun = false;

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#have += bytes.length;
  }

  /** The next whole command; null: more is needed. Faults: StreamFault. */
  next(): Command | null {
    if (!this.#isBegun) {
      if (this.#have < STREAM_HEADER) return null;
      this.#begin(this.#take(STREAM_HEADER));
    }
    if (this.#have < COMMAND_HEADER) return null;
    const need = COMMAND_HEADER + this.#joined().readUInt32LE(0);
    return this.#have < need ? null : readCommand(this.#take(need));
  }

  /** What btrfs says where the stream ends too early. */
  cut(): StreamFault {
    if (!this.#isBegun && this.#have === 0) return new StreamFault('empty stream is not considered valid');
    const bytes = this.#joined();
    const isInCommand = this.#isBegun && bytes.length >= COMMAND_HEADER;
    const head = this.#isBegun ? COMMAND_HEADER : STREAM_HEADER;
    const need = isInCommand ? bytes.readUInt32LE(0) : head;
    const read = isInCommand ? bytes.length - COMMAND_HEADER : bytes.length;
    return new StreamFault(`short read from stream: expected ${need} read ${read}`);
  }

  #begin(header: Buffer): void {
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new StreamFault('unexpected header');
    const version = header.readUInt32LE(MAGIC.length);
    if (version !== 1)
      throw new StreamFault(`stream version ${version} not supported, please use newer version`);
    this.#isBegun = true;
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    const joined =
      this.#pieces.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(this.#pieces, this.#have);
    this.#pieces = [joined];
    return joined;
  }

  #take(count: number): Buffer {
    const joined = this.#joined();
    const rest = joined.subarray(count);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
    return joined.subarray(0, count);
  }
}

function readCommand(bytes: Buffer): Command {
  const code = bytes.readUInt16LE(4);
  const name = NAMES.get(code);
  const values = new Map<number, Buffer>();
  for (let at = COMMAND_HEADER; at + 4 <= bytes.length; at += 4 + bytes.readUInt16LE(at + 2))
    values.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, at + 4 + bytes.readUInt16LE(at + 2)));
  const found = values.get(ATTRIBUTES.data);
  const data = found ? { bytes: found, crc: crc32c(found) } : null;
  const head = Buffer.from(data ? bytes.subarray(0, bytes.length - data.bytes.length) : bytes);
  head.writeUInt32LE(0, 6);
  const crc = data ? joinCrc(crc32c(head), data.crc, data.bytes.length) : crc32c(head);
  if (crc !== bytes.readUInt32LE(6)) throw new StreamFault('crc32 mismatch in command');
  if (!isCommand(name)) throw new StreamFault(`play: command ${code} of a send stream is not simulated`);
  const value = (attribute: AttributeName): Buffer => {
    const one = values.get(ATTRIBUTES[attribute]);
    if (one === undefined) throw new StreamFault(`missing attribute ${ATTRIBUTES[attribute]}`);
    return one;
  };
  return {
    name,
    data,
    text: (attribute) => value(attribute).toString('latin1'),
    number: (attribute) => numberOf(value(attribute)),
    uuid: (attribute) => dashed(value(attribute).toString('hex')),
  };
}

const isCommand = (name: string | undefined): name is CommandName => name !== undefined && name in COMMANDS;

const numberOf = (bytes: Buffer): number =>
  bytes.length === 12
    ? Number(bytes.readBigUInt64LE()) * 1000 + bytes.readUInt32LE(8) / 1e6
    : Number(bytes.readBigUInt64LE());

export const uuidBytes = (uuid: string): Uint8Array => Buffer.from(uuid.replaceAll('-', ''), 'hex');
