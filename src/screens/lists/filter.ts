/**
 * Decides which rows a filter lets through: words are AND, `!x` is not, `server:b` looks in one field, `age>7d`
 * compares. What cannot be understood matches as plain words.
 */

/** What a row can be looked for by. Ages in seconds. */
export interface Searchable {
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | null>>;
}

type Test = (row: Searchable) => boolean;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };
const COMPARISON = /^(\w+)([<>])(\d+(?:\.\d+)?)(s|m|min|h|d|w|)$/;

export function compileFilter(filter: string): Test {
  const tests = filter
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '!')
    .map(compileWord);
  return (row) => tests.every((test) => test(row));
}

function compileWord(word: string): Test {
  if (word.startsWith('!')) {
    const test = compileWord(word.slice(1));
    return (row) => !test(row);
  }
  const comparison = COMPARISON.exec(word);
  if (comparison) return compare(comparison, word);
  const colon = word.indexOf(':');
  if (colon > 0) return inField(word.slice(0, colon), word.slice(colon + 1), word);
  return contains(word);
}

const contains = (word: string): Test => {
  const wanted = word.toLowerCase();
  return (row) => row.text.toLowerCase().includes(wanted);
};

function inField(field: string, wanted: string, word: string): Test {
  const plain = contains(word);
  return (row) =>
    field in row.fields
      ? String(row.fields[field] ?? '')
          .toLowerCase()
          .includes(wanted.toLowerCase())
      : plain(row);
}

/** An unknown value is neither more nor less. */
function compare([, field = '', sign, number, unit = '']: RegExpExecArray, word: string): Test {
  const limit = Number(number) * (UNITS[unit] ?? 1);
  const plain = contains(word);
  return (row) => {
    if (!(field in row.fields)) return plain(row);
    const value = row.fields[field];
    if (typeof value !== 'number') return false;
    return sign === '>' ? value > limit : value < limit;
  };
}
