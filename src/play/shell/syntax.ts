/** What a parsed shell script is made of. */

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'length'; readonly name: string; readonly quoted: boolean }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly quoted: boolean;
      readonly change: Change | null;
    }
  | { readonly kind: 'command'; readonly body: Command; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly word: Word; readonly quoted: boolean };

export type Word = readonly Part[];

export type Operator = '-' | '=' | '+' | '?' | '%' | '%%' | '#' | '##';

/** What `${name…}` does with the value. */
export interface Change {
  readonly operator: Operator;
  /** There was a colon: an empty value counts as none. */
  readonly orEmpty: boolean;
  readonly word: Word;
}

export type Redirect =
  | {
      readonly kind: 'file';
      readonly fd: number;
      readonly how: 'read' | 'write' | 'append';
      readonly word: Word;
    }
  | { readonly kind: 'dup'; readonly fd: number; readonly word: Word }
  | { readonly kind: 'here'; readonly fd: number; readonly word: Word };

export interface Assignment {
  readonly name: string;
  readonly word: Word;
}

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

export interface Pipeline {
  readonly kind: 'pipeline';
  readonly parts: readonly Command[];
  readonly negated: boolean;
}

export interface CaseCommand {
  readonly kind: 'case';
  readonly word: Word;
  readonly items: readonly { readonly patterns: readonly Word[]; readonly body: Command }[];
}

export interface ForCommand {
  readonly kind: 'for';
  readonly name: string;
  /** Null: the arguments. */
  readonly words: readonly Word[] | null;
  readonly body: Command;
}

export interface LoopCommand {
  readonly kind: 'loop';
  /** `until` runs while the test fails. */
  readonly until: boolean;
  readonly test: Command;
  readonly body: Command;
}

export interface IfCommand {
  readonly kind: 'if';
  readonly branches: readonly { readonly test: Command; readonly body: Command }[];
  readonly otherwise: Command | null;
}

export type Command =
  | SimpleCommand
  | Pipeline
  | CaseCommand
  | ForCommand
  | LoopCommand
  | IfCommand
  | {
      readonly kind: 'list';
      readonly items: readonly { readonly command: Command; readonly background: boolean }[];
    }
  | { readonly kind: 'and' | 'or'; readonly left: Command; readonly right: Command }
  | { readonly kind: 'subshell'; readonly body: Command }
  | { readonly kind: 'redirected'; readonly body: Command; readonly redirects: readonly Redirect[] }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command };
