/**
 * Decides how foreign text is written where a terminal, a log or a page may show it: control characters (C1, too), line
 * and paragraph separators, marks that turn text round and lone surrogates are escaped. The classes are Unicode's.
 */

const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Each as `\u{9b}`; line ends, too. */
export const harmless = (text: string): string =>
  text.replace(HARMFUL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** As harmless, for each of its lines. */
export const harmlessLines = (text: string): string => text.split('\n').map(harmless).join('\n');

/** JSON that reads as the same value: what it would leave as it is is escaped as JSON does. */
export const harmlessJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(HARMFUL, (character) =>
    character === '\n' ? '\n' : units(character),
  );

const units = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
