/**
 * Decides how far a btrfs send stream has come, by its headers alone: file contents are skipped unread, and nothing of
 * them is checked (the receiver checks every checksum). Format: linux/fs/btrfs/send.h.
 */

export interface StreamResult {
  /** Bytes of files that the commands so far write, uncompressed; of a stream without data, that they would. */
  readonly payloadBytes: number;
  /** Commands whose header was read. */
  readonly commands: number;
  /** Protocol version; null before the stream's header was read. */
  readonly version: number | null;
  /** The end command was read: the stream is whole. */
  readonly ended: boolean;
  /** Why this is not a send stream; null while it is one. Nothing is read after that. */
  readonly broken: string | null;
}

export interface StreamReader {
  /** Takes the next bytes, cut anywhere. Keeps none of them. */
  push(chunk: Uint8Array): void;
  result(): StreamResult;
  /** It is no send stream: nothing more is read of it. */
  isBroken(): boolean;
}

export const MAGIC = 'btrfs-stream\0';
/** Bytes: the magic and a u32, the version. */
export const STREAM_HEADER = MAGIC.length + 4;
/** Bytes: u32 length of what follows, u16 command, u32 crc32c; little-endian. */
export const COMMAND_HEADER = 10;

/** The numbers of commands. */
export const COMMAND = {
  subvolume: 1,
  snapshot: 2,
  mkfile: 3,
  mkdir: 4,
  mknod: 5,
  mkfifo: 6,
  mksock: 7,
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
  fallocate: 23,
  fileAttributes: 24,
  encodedWrite: 25,
  enableVerity: 26,
} as const;

/**
 * The numbers of attributes that are read: u16 type, u16 length, value. From version 2 on `data` has no length: it is the
 * last and takes the rest.
 */
export const ATTRIBUTE = {
  uuid: 1,
  size: 4,
  mode: 5,
  uid: 6,
  gid: 7,
  device: 8,
  mtime: 10,
  xattrName: 13,
  xattrData: 14,
  path: 15,
  pathTo: 16,
  pathLink: 17,
  offset: 18,
  data: 19,
  cloneUuid: 20,
  cloneLength: 24,
  fallocateMode: 25,
  fileAttributes: 26,
  unencodedLength: 27,
} as const;

/** Commands that carry file contents, or say how much. Clones move none: neither stream counts them. */
const COUNTED: ReadonlySet<number> = new Set([COMMAND.write, COMMAND.updateExtent, COMMAND.encodedWrite]);

/** No command of version 1 is longer; of later ones an encoded extent is the longest and far shorter than this. */
const LONGEST = [65_536 + COMMAND_HEADER, 64 * 1024 * 1024] as const;

/** What the next bytes are. */
type Expecting =
  | 'stream header'
  | 'command header'
  | 'attribute type'
  | 'attribute length'
  | 'number'
  | 'the end';

export const createStreamReader = (): StreamReader => new HeaderReader();

class HeaderReader implements StreamReader {
  readonly #piece = new Uint8Array(STREAM_HEADER);
  readonly #view = new DataView(this.#piece.buffer);
  #expecting: Expecting = 'stream header';
  #need = STREAM_HEADER;
  #have = 0;
  #skip = 0;
  #version: number | null = null;
  #command = 0;
  #attribute = 0;
  /** Bytes of the command that were not read yet. */
  #left = 0;
  #payloadBytes = 0;
  #commands = 0;
  #ended = false;
  #broken: string | null = null;

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#broken === null) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
      } else {
        const step = Math.min(this.#need - this.#have, chunk.length - at);
        for (let index = 0; index < step; index++) this.#piece[this.#have + index] = chunk[at + index] ?? 0;
        this.#have += step;
        at += step;
        if (this.#have === this.#need) this.#readPiece();
      }
    }
  }

  result(): StreamResult {
    return {
      payloadBytes: this.#payloadBytes,
      commands: this.#commands,
      version: this.#version,
      ended: this.#ended && this.#skip === 0,
      broken: this.#broken,
    };
  }

  isBroken(): boolean {
    return this.#broken !== null;
  }

  #readPiece(): void {
    switch (this.#expecting) {
      case 'stream header':
        this.#readStreamHeader();
        break;
      case 'command header':
        this.#readCommandHeader();
        break;
      case 'attribute type':
        this.#readAttributeType();
        break;
      case 'attribute length':
        this.#readAttributeLength();
        break;
      case 'number':
        this.#readNumber();
        break;
      case 'the end':
        this.#broken = 'it goes on after its end';
    }
  }

  #readStreamHeader(): void {
    const magic = String.fromCharCode(...this.#piece.subarray(0, MAGIC.length));
    const version = this.#view.getUint32(MAGIC.length, true);
    if (magic !== MAGIC || version === 0) this.#broken = 'it does not begin like a btrfs send stream';
    else this.#version = version;
    this.#expect('command header', COMMAND_HEADER);
  }

  #readCommandHeader(): void {
    this.#left = this.#view.getUint32(0, true);
    this.#command = this.#view.getUint16(4, true);
    this.#commands++;
    if (this.#left > LONGEST[this.#version === 1 ? 0 : 1] || this.#command === 0) {
      this.#broken = `command ${this.#commands} (${this.#command}) cannot be ${this.#left} bytes long`;
    } else if (this.#command === COMMAND.end) {
      this.#ended = true;
      this.#skip = this.#left;
      this.#expect('the end', 1);
    } else if (COUNTED.has(this.#command)) {
      this.#nextAttribute();
    } else {
      this.#skipRest();
    }
  }

  #readAttributeType(): void {
    this.#attribute = this.#view.getUint16(0, true);
    this.#left -= 2;
    if (this.#attribute === ATTRIBUTE.data && this.#version !== 1) {
      if (this.#command === COMMAND.write) this.#payloadBytes += this.#left;
      this.#skipRest();
    } else if (this.#left < 2) {
      this.#broken = `command ${this.#commands} ends inside of an attribute`;
    } else {
      this.#expect('attribute length', 2);
    }
  }

  #readAttributeLength(): void {
    const length = this.#view.getUint16(0, true);
    this.#left -= 2;
    if (length > this.#left) {
      this.#broken = `an attribute of command ${this.#commands} is longer than the command`;
    } else if (this.#isPayloadLength() && length === 8) {
      this.#expect('number', 8);
    } else {
      if (this.#command === COMMAND.write && this.#attribute === ATTRIBUTE.data) this.#payloadBytes += length;
      this.#left -= length;
      this.#skip = length;
      this.#nextAttribute();
    }
  }

  #isPayloadLength(): boolean {
    if (this.#command === COMMAND.updateExtent) return this.#attribute === ATTRIBUTE.size;
    return this.#command === COMMAND.encodedWrite && this.#attribute === ATTRIBUTE.unencodedLength;
  }

  #readNumber(): void {
    this.#payloadBytes += this.#view.getUint32(4, true) * 2 ** 32 + this.#view.getUint32(0, true);
    this.#left -= 8;
    this.#skipRest();
  }

  #expect(what: Expecting, bytes: number): void {
    this.#expecting = what;
    this.#need = bytes;
    this.#have = 0;
  }

  #skipRest(): void {
    this.#skip = this.#left;
    this.#expect('command header', COMMAND_HEADER);
  }

  #nextAttribute(): void {
    if (this.#left === 0) this.#expect('command header', COMMAND_HEADER);
    else if (this.#left < 2) this.#broken = `command ${this.#commands} ends inside of an attribute`;
    else this.#expect('attribute type', 2);
  }
}
