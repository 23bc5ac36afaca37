/**
 * Decides that ssh2 never runs bcrypt: it would do so on the thread that serves all servers, for as many rounds as a key
 * file says. What it asks for is noted instead, and it gets the answer when it reads the same file again.
 */

/** What bcrypt is asked for. */
export interface Derivation {
  readonly passphrase: Uint8Array;
  readonly salt: Uint8Array;
  readonly rounds: number;
  /** Of the derived key, in bytes. */
  readonly length: number;
}

/** bcrypt-pbkdf's module. It returns 0, or -1 where it could not. */
export interface Bcrypt {
  pbkdf(
    pass: Uint8Array,
    passLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}

let asked: Derivation | null = null;
let answer: Uint8Array | null = null;

/** To be called before ssh2 is loaded: that takes the function out of the module once. */
export function withoutBcrypt(bcrypt: Bcrypt): void {
  bcrypt.pbkdf = (pass, _passLength, salt, _saltLength, key, length, rounds) => {
    asked = { passphrase: Uint8Array.from(pass), salt: Uint8Array.from(salt), rounds, length };
    if (answer?.length !== length) return -1;
    key.set(answer);
    return 0;
  };
}

/** What `parse` returns when bcrypt says `derived`, and what it asked bcrypt for; null: nothing. */
export function notingBcrypt<T>(
  derived: Uint8Array | null,
  parse: () => T,
): { readonly parsed: T; readonly asked: Derivation | null } {
  answer = derived;
  asked = null;
  try {
    const parsed = parse();
    return { parsed, asked };
  } finally {
    answer = null;
    asked = null;
  }
}
