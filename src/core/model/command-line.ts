/**
 * Decides how words are written so that a shell reads back exactly those: what goes to a server and what a person is
 * given to paste alike.
 */

// A leading `=` is left out because zsh expands it.
const PLAIN = /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One word, such that a POSIX shell reads back exactly `word`. Newlines are carried; a NUL cannot be.
 * A backslash and `!` stand outside the quotes: fish and csh read them inside. So this holds for fish as it is.
 */
export function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word;
  if (word === '') return "''";
  return word.replace(/(['\\!])|[^'\\!]+/g, (part, special) => (special ? `\\${special}` : `'${part}'`));
}

/** A command line of btrfleet for a person to paste. Words that are empty are left out. */
export const command = (...words: readonly string[]): string =>
  ['btrfleet', ...words.filter((word) => word !== '')].map(quoteWord).join(' ');
