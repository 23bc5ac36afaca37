// Tells code from comments, strings and regular expressions in TypeScript, well enough for the house rules.
// It keeps every line and column where it was, and never fails: what it cannot place counts as code.

export interface SourceText {
  /** Comments blanked out. */
  code: string;
  /** Comments and the contents of strings, templates and regular expressions blanked out. */
  bare: string;
  comments: readonly Comment[];
}

export interface Comment {
  /** From 1. */
  line: number;
  text: string;
}

type Kind = 'code' | 'comment' | 'text';

interface Piece {
  kind: Kind;
  start: number;
  end: number;
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const REGEX = /\/(?![*/>])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))+/y;

/** A slash after one of these begins a regular expression, after anything else it divides. `<` is JSX. */
const BEFORE_REGEX = /(?:[=(,:[!&|?{};+\-*%~^>]|^|\b(?:return|typeof|case|in|of))$/;

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

/** The piece between its delimiters: quotes, or slashes. */
const inside = (start: number, literal: string, close: string): Piece => ({
  kind: 'text',
  start: start + 1,
  end: start + literal.lastIndexOf(close),
});

function literalAt(text: string, at: number): Piece | undefined {
  const comment = matchAt(COMMENT, text, at);
  if (comment !== undefined) return { kind: 'comment', start: at, end: at + comment.length };
  const before = text.slice(Math.max(0, at - 200), at);
  // Right behind a letter it is an apostrophe in the text of a JSX element.
  const string = /\w$/.test(before) ? undefined : matchAt(STRING, text, at);
  if (string !== undefined) return inside(at, string, string.slice(-1));
  const regex = BEFORE_REGEX.test(before.trimEnd()) ? matchAt(REGEX, text, at) : undefined;
  return regex === undefined ? undefined : inside(at, regex, '/');
}

/** Everything that is not code, in order. `${…}` in a template is code again, to any depth. */
function literals(text: string): Piece[] {
  const pieces: Piece[] = [];
  /** One entry per open template: the depth of braces inside its `${`, or -1 while in its text. */
  const templates: number[] = [];
  let at = 0;
  while (at < text.length) {
    const depth = templates.at(-1);
    if (depth === -1) {
      const words = matchAt(TEMPLATE_TEXT, text, at) ?? '';
      if (words) pieces.push({ kind: 'text', start: at, end: at + words.length });
      at += words.length;
      if (text[at] === '`') templates.pop();
      else if (at < text.length) templates[templates.length - 1] = 0;
      at += text[at] === '`' ? 1 : 2;
      continue;
    }
    const piece = literalAt(text, at);
    if (piece) {
      pieces.push(piece);
      at = piece.kind === 'comment' ? piece.end : piece.end + 1;
      continue;
    }
    const char = text[at];
    if (char === '`') templates.push(-1);
    if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1;
    if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1;
    at += 1;
  }
  return pieces;
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

export function readSource(text: string): SourceText {
  let code = '';
  let bare = '';
  let at = 0;
  const comments: Comment[] = [];
  for (const { kind, start, end } of literals(text)) {
    const before = text.slice(at, start);
    const content = text.slice(start, end);
    code += before + (kind === 'comment' ? blank(content) : content);
    bare += before + blank(content);
    if (kind === 'comment') comments.push({ line: lineAt(text, start), text: content });
    at = end;
  }
  return { code: code + text.slice(at), bare: bare + text.slice(at), comments };
}
