/** What a command that is built into the shell is given, and how it leaves loops, functions and the shell. */
import type { Expanding } from './expand.ts';
import type { Traps } from './traps.ts';

export interface Running extends Expanding {
  readonly traps: Traps;
  /** The exit codes of what runs in the background, by process. */
  readonly jobs: Map<number, Promise<number>>;
  runText(text: string): Promise<number>;
  /** Without functions, as `command` does. */
  runWords(argv: readonly string[]): Promise<number>;
  isBuiltin(name: string): boolean;
}

export type Builtin = (shell: Running, args: readonly string[]) => number | Promise<number>;

export class ShellExit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

export class FunctionReturn {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

export class LoopJump {
  readonly kind: 'break' | 'continue';
  readonly levels: number;
  constructor(kind: 'break' | 'continue', levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}
