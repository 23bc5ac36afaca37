/** A terminal in this process: what the program writes is drawn by xterm, what is typed arrives as bytes. It decides nothing. */
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import stringWidth from 'string-width';

/** How a cell looks. */
export interface Attributes {
  readonly char: string;
  readonly inverse: boolean;
  readonly bold: boolean;
  readonly dim: boolean;
  /** 0 to 15; null: the terminal's own. */
  readonly color: number | null;
}

/** The stdout of a terminal: what Ink asks of one. */
export class FakeStdout extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** All that was ever written. */
  written = '';
  readonly terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
    // As the line discipline of a terminal does.
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    widenLikeToday(this.terminal);
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = String(chunk);
    this.written += text;
    this.terminal.write(text);
    done();
  }

  /** Until all that was written is drawn. */
  drawn(): Promise<void> {
    return new Promise((resolve) => this.terminal.write('', resolve));
  }

  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: this.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true, 0, this.columns) ?? '',
    );
  }

  wrapped(): number {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.rows }, (_, row) => active.getLine(row)?.isWrapped ?? false).filter(
      Boolean,
    ).length;
  }

  attributes(row: number, column: number): Attributes {
    const { active } = this.terminal.buffer;
    const cell = active.getLine(active.viewportY + row)?.getCell(column);
    if (!cell) throw new Error(`there is no cell ${row}, ${column}`);
    return {
      char: cell.getChars() || ' ',
      inverse: cell.isInverse() !== 0,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      color: cell.isFgDefault() ? null : cell.getFgColor(),
    };
  }

  resizeTo(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.terminal.resize(columns, rows);
    this.emit('resize');
  }
}

/** The stdin of a terminal in raw mode. */
export class FakeStdin extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** xterm knows the widths of Unicode 6 only; terminals of today draw emoji two columns wide. */
function widenLikeToday(terminal: InstanceType<typeof xterm.Terminal>): void {
  const width = (codepoint: number): 0 | 1 | 2 => {
    if (codepoint < 0x7f) return 1;
    const columns = stringWidth(String.fromCodePoint(codepoint));
    return columns === 0 || columns === 2 ? columns : 1;
  };
  terminal.unicode.register({
    version: 'today',
    wcwidth: width,
    charProperties: (codepoint: number, preceding: number) => {
      const own = width(codepoint);
      const before = (preceding >> 1) & 3;
      const joins = own === 0 && before > 0;
      return ((joins ? before : own) << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = 'today';
}
