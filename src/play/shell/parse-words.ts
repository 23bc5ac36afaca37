/** Decides where a word of a shell script ends and what is quoted in it. */
import { NotSimulated } from './not-simulated.ts';
import type { Command, Operator, Part, Word } from './syntax.ts';

/** Where a word stands; all but `bare` and `brace` are quoted. */
type Mode = 'bare' | 'brace' | 'quoted-brace' | 'double' | 'here' | 'arithmetic';

const WORD_ENDS = ' \t\n;&|()<>';
/** What a backslash takes the meaning from. */
const ESCAPED: Readonly<Record<Mode, string | null>> = {
  bare: null,
  brace: null,
  'quoted-brace': '$`"\\}',
  double: '$`"\\',
  here: '$`\\',
  arithmetic: '$`"\\',
};

export abstract class WordReader {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The list of commands up to a `)`. */
  protected abstract commands(): Command;
  /** The commands of another text. */
  protected abstract parsed(text: string): Command;

  protected fail(what = `the syntax at "${this.text.slice(this.at, this.at + 20)}"`): never {
    throw new NotSimulated(`sh: ${what}`);
  }

  protected take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) this.fail();
  }

  protected match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found) this.at = sticky.lastIndex;
    return found;
  }

  protected word(): Word {
    return this.parts('bare', WORD_ENDS);
  }

  protected parts(mode: Mode, ends: string): Part[] {
    const parts: Part[] = [];
    const quoted = mode !== 'bare' && mode !== 'brace';
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) {
        if (mode === 'bare' || mode === 'here') return parts;
        this.fail('an unfinished quotation');
      }
      if (ends.includes(char)) return parts;
      this.at += 1;
      if (char === '\\') this.#backslash(parts, mode);
      else if (char === "'" && !quoted) add(parts, this.#until("'"), true);
      else if (char === '"' && mode !== 'here') this.#doubleQuoted(parts);
      else if (char === '$') this.#dollar(parts, quoted);
      else if (char === '`') parts.push({ kind: 'command', body: this.#backquoted(quoted), quoted });
      else if (char === '(' && mode === 'arithmetic') this.#parentheses(parts);
      else add(parts, char, quoted);
    }
  }

  #until(end: string): string {
    const from = this.at;
    const to = this.text.indexOf(end, from);
    if (to < 0) this.fail('an unfinished quotation');
    this.at = to + end.length;
    return this.text.slice(from, to);
  }

  #backslash(parts: Part[], mode: Mode): void {
    const next = this.text[this.at];
    const escaped = ESCAPED[mode];
    if (next === '\n') this.at += 1;
    else if (next !== undefined && (escaped === null || escaped.includes(next))) {
      this.at += 1;
      add(parts, next, true);
    } else add(parts, '\\', true);
  }

  #doubleQuoted(parts: Part[]): void {
    const inner = this.parts('double', '"');
    this.expect('"');
    if (inner.length === 0) add(parts, '', true);
    for (const part of inner) {
      if (part.kind === 'text') add(parts, part.text, true);
      else parts.push(part);
    }
  }

  #parentheses(parts: Part[]): void {
    add(parts, '(', true);
    parts.push(...this.parts('arithmetic', ')'));
    this.expect(')');
    add(parts, ')', true);
  }

  #backquoted(quoted: boolean): Command {
    const from = this.at;
    while (this.text[this.at] !== '`') {
      if (this.at >= this.text.length) this.fail('an unfinished quotation');
      this.at += this.text[this.at] === '\\' ? 2 : 1;
    }
    const inner = this.text.slice(from, this.at);
    this.at += 1;
    return this.parsed(inner.replace(quoted ? /\\([$`"\\])/g : /\\([$`\\])/g, '$1'));
  }

  #dollar(parts: Part[], quoted: boolean): void {
    if (this.take('((')) {
      parts.push({ kind: 'arithmetic', word: this.parts('arithmetic', ')'), quoted });
      this.expect('))');
    } else if (this.take('(')) {
      parts.push({ kind: 'command', body: this.commands(), quoted });
      this.expect(')');
    } else if (this.take('{')) parts.push(this.#braces(quoted));
    else {
      const name = this.match(/[A-Za-z_]\w*|[0-9@*#?$!-]/y)?.[0];
      if (name === undefined) add(parts, '$', quoted);
      else parts.push({ kind: 'parameter', name, quoted, change: null });
    }
  }

  #braces(quoted: boolean): Part {
    const length = this.match(/#([A-Za-z_]\w*|\d+|[@*?$!-])\}/y)?.[1];
    if (length !== undefined) return { kind: 'length', name: length, quoted };
    const name = this.match(/[A-Za-z_]\w*|\d+|[@*#?$!-]/y)?.[0] ?? this.fail();
    if (this.take('}')) return { kind: 'parameter', name, quoted, change: null };
    const [, colon = '', operator = ''] = this.match(/(:?)(%%|##|[%#=+?-])/y) ?? this.fail();
    const cuts = /[%#]/.test(operator);
    if (cuts && colon !== '') this.fail();
    // What is cut off is a pattern: in quotes, too, its own quotes count.
    const word = this.parts(quoted && !cuts ? 'quoted-brace' : 'brace', '}');
    this.expect('}');
    return {
      kind: 'parameter',
      name,
      quoted,
      change: { operator: operator as Operator, orEmpty: colon !== '', word },
    };
  }
}

function add(parts: Part[], text: string, quoted: boolean): void {
  const last = parts.at(-1);
  if (last?.kind === 'text' && last.quoted === quoted)
    parts[parts.length - 1] = { ...last, text: last.text + text };
  else parts.push({ kind: 'text', text, quoted });
}
