/** Decides what an arithmetic expansion comes to: whole numbers of 64 bits, as the shell has them. */
import { ShellFault } from './shell-fault.ts';

export interface Numbers {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(<<=|>>=|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%&|^]=|[-+*/%&|^<>=!~?:()]))/y;

const truth = (is: boolean): bigint => (is ? 1n : 0n);
const OPERATIONS: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
  '&': (left, right) => left & right,
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '<=': (left, right) => truth(left <= right),
  '>=': (left, right) => truth(left >= right),
  '<': (left, right) => truth(left < right),
  '>': (left, right) => truth(left > right),
  '<<': (left, right) => left << right,
  '>>': (left, right) => left >> right,
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

class Evaluation {
  readonly #text: string;
  readonly #numbers: Numbers;
  readonly #tokens: string[] = [];
  #at = 0;
  /** What is not reached changes nothing. */
  #skipped = 0;

  constructor(text: string, numbers: Numbers) {
    this.#text = text;
    this.#numbers = numbers;
    const end = text.trimEnd().length;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < end) {
      const token = TOKEN.exec(text)?.[0].trim();
      this.#tokens.push(token ?? this.#fail('expecting EOF'));
    }
  }

  result(): bigint {
    if (this.#tokens.length === 0) return 0n;
    const value = this.#assignment();
    return this.#at < this.#tokens.length ? this.#fail('expecting EOF') : value;
  }

  #fail(what: string): never {
    throw new ShellFault(`arithmetic expression: ${what}: "${this.#text}"`);
  }

  #take(...wanted: readonly string[]): string | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return null;
    this.#at += 1;
    return token;
  }

  #assignment(): bigint {
    const [name = '', operator = ''] = this.#tokens.slice(this.#at, this.#at + 2);
    if (!/^[A-Za-z_]/.test(name) || !/^(?:[-+*/%&|^]|<<|>>)?=$/.test(operator)) return this.#choice();
    this.#at += 2;
    const right = this.#assignment();
    const value =
      operator === '=' ? right : this.#operate(operator.slice(0, -1), this.#variable(name), right);
    if (this.#skipped === 0) this.#numbers.set(name, String(value));
    return value;
  }

  #choice(): bigint {
    const test = this.#binary(0);
    if (!this.#take('?')) return test;
    const yes = this.#reached(test !== 0n, () => this.#assignment());
    if (!this.#take(':')) this.#fail("expecting ':'");
    const no = this.#reached(test === 0n, () => this.#choice());
    return test !== 0n ? yes : no;
  }

  #reached(is: boolean, evaluate: () => bigint): bigint {
    this.#skipped += is ? 0 : 1;
    const value = evaluate();
    this.#skipped -= is ? 0 : 1;
    return value;
  }

  #binary(level: number): bigint {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let operator = this.#take(...operators); operator; operator = this.#take(...operators)) {
      const isReached = operator === '||' ? left === 0n : operator !== '&&' || left !== 0n;
      const right = this.#reached(isReached, () => this.#binary(level + 1));
      left = this.#operate(operator, left, right);
    }
    return left;
  }

  #operate(operator: string, left: bigint, right: bigint): bigint {
    if (operator === '||') return truth(left !== 0n || right !== 0n);
    if (operator === '&&') return truth(left !== 0n && right !== 0n);
    if (operator === '/' || operator === '%') {
      if (right === 0n) return this.#skipped > 0 ? 0n : this.#fail('division by zero');
      return BigInt.asIntN(64, operator === '/' ? left / right : left % right);
    }
    return BigInt.asIntN(64, OPERATIONS[operator]?.(left, right) ?? 0n);
  }

  #unary(): bigint {
    const operator = this.#take('-', '+', '!', '~');
    if (operator === '!') return truth(this.#unary() === 0n);
    if (operator === '~') return ~this.#unary();
    if (operator !== null) return operator === '-' ? BigInt.asIntN(64, -this.#unary()) : this.#unary();
    if (this.#take('(')) {
      const value = this.#assignment();
      return this.#take(')') ? value : this.#fail("expecting ')'");
    }
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    if (/^\d/.test(token)) return this.#number(token);
    return /^[A-Za-z_]/.test(token) ? this.#variable(token) : this.#fail('expecting primary');
  }

  #number(token: string): bigint {
    const octal = /^0[0-7]+$/.test(token) ? `0o${token.slice(1)}` : token;
    return /^0\d*[89]/.test(token) ? this.#fail('expecting EOF') : BigInt.asIntN(64, BigInt(octal));
  }

  #variable(name: string): bigint {
    const value = this.#numbers.get(name)?.trim() ?? '';
    if (value === '') return 0n;
    const [, sign, digits = ''] = /^([-+]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(value) ?? [];
    if (sign === undefined) throw new ShellFault(`Illegal number: ${value}`);
    return sign === '-' ? -this.#number(digits) : this.#number(digits);
  }
}

/** Faults: ShellFault. */
export const evaluate = (text: string, numbers: Numbers): string =>
  String(new Evaluation(text, numbers).result());
