/** Decides what the commands of a shell script are; anything it does not know is NotSimulated. */
import { WordReader } from './parse-words.ts';
import type { Assignment, Command, Redirect, Word } from './syntax.ts';

const RESERVED = /(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|[{}!])(?=[ \t\n;&|()<>]|$)/y;
const CLOSERS = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);
const HOW = { '<': 'read', '>': 'write', '>|': 'write', '>>': 'append' } as const;

interface HereDocument {
  readonly delimiter: string;
  readonly literal: boolean;
  readonly stripsTabs: boolean;
  /** Filled when the line has ended. */
  readonly body: Word[number][];
}

class Parser extends WordReader {
  #documents: HereDocument[] = [];

  script(): Command {
    const body = this.commands();
    return this.at < this.text.length || this.#documents.length > 0 ? this.fail() : body;
  }

  protected override parsed(text: string): Command {
    return new Parser(text).script();
  }

  protected override commands(): Command {
    const items: { command: Command; background: boolean }[] = [];
    for (;;) {
      this.#lines();
      if (this.#closes()) break;
      const command = this.#andOr();
      this.#blanks();
      const background = this.take('&');
      items.push({ command, background });
      if (!background && !this.#separator()) break;
    }
    const [first] = items;
    return items.length === 1 && first?.background === false ? first.command : { kind: 'list', items };
  }

  #separator(): boolean {
    if (this.text.startsWith(';;', this.at)) return false;
    return this.take(';') || this.text[this.at] === '\n';
  }

  #closes(): boolean {
    const char = this.text[this.at];
    if (char === undefined || char === ')' || this.text.startsWith(';;', this.at)) return true;
    return CLOSERS.has(this.#peek());
  }

  /** Blanks, comments and lines that go on. */
  #blanks(): void {
    this.match(/(?:[ \t]|\\\n)*(?:#[^\n]*)?/y);
  }

  #lines(): void {
    this.#blanks();
    while (this.take('\n')) {
      for (const document of this.#documents) this.#readDocument(document);
      this.#documents = [];
      this.#blanks();
    }
  }

  #readDocument({ delimiter, literal, stripsTabs, body }: HereDocument): void {
    const lines: string[] = [];
    for (;;) {
      const raw = this.match(/([^\n]*)(?:\n|$)/y)?.[1] ?? '';
      const line = stripsTabs ? raw.replace(/^\t+/, '') : raw;
      if (line === delimiter) break;
      if (this.at >= this.text.length) this.fail('an unfinished here-document');
      lines.push(`${line}\n`);
    }
    const text = lines.join('');
    if (literal) body.push({ kind: 'text', text, quoted: true });
    else body.push(...new Parser(text).parts('here', ''));
  }

  #peek(): string {
    RESERVED.lastIndex = this.at;
    return RESERVED.exec(this.text)?.[0] ?? '';
  }

  #reserved(word: string): boolean {
    if (this.#peek() !== word) return false;
    this.at += word.length;
    return true;
  }

  #need(word: string): void {
    this.#lines();
    if (!this.#reserved(word)) this.fail();
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      this.#blanks();
      const operator = this.match(/&&|\|\|/y)?.[0];
      if (operator === undefined) return left;
      this.#lines();
      left = { kind: operator === '&&' ? 'and' : 'or', left, right: this.#pipeline() };
    }
  }

  #pipeline(): Command {
    const negated = this.#reserved('!');
    this.#blanks();
    const first = this.#command();
    const parts = [first];
    for (;;) {
      this.#blanks();
      if (!this.match(/\|(?!\|)/y)) break;
      this.#lines();
      parts.push(this.#command());
    }
    return parts.length === 1 && !negated ? first : { kind: 'pipeline', parts, negated };
  }

  #command(): Command {
    const body = this.#compound();
    if (body === null) return this.#simple();
    const redirects = [...this.#redirects()];
    return redirects.length > 0 ? { kind: 'redirected', body, redirects } : body;
  }

  /** Null: it is a simple command. */
  #compound(): Command | null {
    if (this.take('(')) {
      const body = this.commands();
      this.expect(')');
      return { kind: 'subshell', body };
    }
    if (this.#reserved('{')) {
      const body = this.commands();
      this.#need('}');
      return body.kind === 'list' ? body : { kind: 'list', items: [{ command: body, background: false }] };
    }
    if (this.#reserved('if')) return this.#if();
    if (this.#reserved('for')) return this.#for();
    if (this.#reserved('case')) return this.#case();
    const until = this.#peek() === 'until';
    if (!this.#reserved('while') && !this.#reserved('until')) return null;
    return { kind: 'loop', until, test: this.commands(), body: this.#do() };
  }

  #do(): Command {
    this.#need('do');
    const body = this.commands();
    this.#need('done');
    return body;
  }

  #if(): Command {
    const branches: { test: Command; body: Command }[] = [];
    let otherwise: Command | null = null;
    do {
      const test = this.commands();
      this.#need('then');
      branches.push({ test, body: this.commands() });
    } while (this.#reserved('elif'));
    if (this.#reserved('else')) otherwise = this.commands();
    this.#need('fi');
    return { kind: 'if', branches, otherwise };
  }

  #for(): Command {
    this.#blanks();
    const name = this.match(/[A-Za-z_]\w*/y)?.[0] ?? this.fail();
    this.#lines();
    let words: Word[] | null = null;
    if (this.match(/in(?=[ \t\n;])/y)) words = [...this.#words()];
    this.#blanks();
    this.take(';');
    return { kind: 'for', name, words, body: this.#do() };
  }

  *#words(): Generator<Word> {
    for (;;) {
      this.#blanks();
      const word = this.word();
      if (word.length === 0) return;
      yield word;
    }
  }

  #case(): Command {
    this.#blanks();
    const word = this.word();
    this.#lines();
    if (!this.match(/in(?=[ \t\n])/y)) this.fail();
    const items: { patterns: Word[]; body: Command }[] = [];
    for (this.#lines(); !this.#reserved('esac'); this.#lines()) {
      this.take('(');
      const patterns: Word[] = [];
      do {
        this.#blanks();
        patterns.push(this.word());
        this.#blanks();
      } while (this.take('|'));
      this.expect(')');
      items.push({ patterns, body: this.commands() });
      this.#lines();
      if (!this.take(';;') && this.#peek() !== 'esac') this.fail();
    }
    return { kind: 'case', word, items };
  }

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      redirects.push(...this.#redirects());
      const name = words.length === 0 ? this.match(/([A-Za-z_]\w*)=/y)?.[1] : undefined;
      const word = this.word();
      if (name !== undefined) assignments.push({ name, word });
      else if (word.length > 0) words.push(word);
      else break;
    }
    const [only] = words[0] ?? [];
    if (words.length === 1 && only?.kind === 'text' && this.match(/\([ \t]*\)/y)) {
      this.#lines();
      const body = this.#command();
      return body.kind === 'simple' ? this.fail() : { kind: 'function', name: only.text, body };
    }
    if (words.length + assignments.length + redirects.length === 0) this.fail();
    return { kind: 'simple', assignments, words, redirects };
  }

  *#redirects(): Generator<Redirect> {
    for (;;) {
      this.#blanks();
      const [, digits = '', operator = ''] = this.match(/(\d*)(<<-?|<&|<>|<|>>|>&|>\||>)/y) ?? [];
      if (operator === '') return;
      this.#blanks();
      const fd = digits === '' ? Number(operator.startsWith('>')) : Number(digits);
      const from = this.at;
      const word = this.word();
      if (word.length === 0 || operator === '<>') this.fail();
      if (operator.startsWith('<<')) yield this.#document(fd, operator, word, from);
      else if (operator.endsWith('&')) yield { kind: 'dup', fd, word };
      else yield { kind: 'file', fd, how: HOW[operator as keyof typeof HOW], word };
    }
  }

  #document(fd: number, operator: string, word: Word, from: number): Redirect {
    const delimiter = word.map((part) => (part.kind === 'text' ? part.text : this.fail())).join('');
    const literal = /['"\\]/.test(this.text.slice(from, this.at));
    const document = { delimiter, literal, stripsTabs: operator === '<<-', body: [] };
    this.#documents.push(document);
    return { kind: 'here', fd, word: document.body };
  }
}

const MOST_KEPT = 200;
const kept = new Map<string, Command>();

/** Faults: NotSimulated. The same text is parsed once. */
export function parse(text: string): Command {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const command = new Parser(text).script();
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(text, command);
  return command;
}
