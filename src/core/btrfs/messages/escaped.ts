/** Decides how foreign text is quoted in a message: on one line, harmless to a terminal, not too long. */

const LONGEST = 160;

/** In double quotes, control characters and what is not valid UTF-8 written as JSON escapes. */
export function escaped(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
