// The other house rules, the exceptions from them, and telling code from text.
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkFile } from '../../../scripts/lint/check-file.ts';
import { readSource } from '../../../scripts/lint/source-text.ts';

const RUN = 'src/core/run/replication/replicate.ts';
const rules = (path: string, text: string): string[] =>
  checkFile(path, text).map(({ line, rule }) => `${line} ${rule}`);

/** Written in pieces: where the tests are compiled, the whole is replaced by a place. */
const HERE = ['import', 'meta', 'url'].join('.');
const lines = (count: number): string => 'a();\n'.repeat(count);
const elsewhere = ['', 'work', 'main', 'x.ts'].join('/');

for (const [title, path, text, want] of [
  ['300 lines', RUN, lines(300), []],
  ['301 lines', RUN, lines(301), ['1 file-length']],
  ['a test of 400 lines', 'test/unit/a.test.ts', lines(400), []],
  ['a test of 401 lines', 'test/unit/a.test.ts', lines(401), ['1 file-length']],
  ['a name that says something', 'src/core/run/typescript.ts', lines(1), []],
  ['a dumping ground', 'src/core/run/utils.ts', lines(1), ['1 file-name']],
  ['types.ts', 'src/core/model/types.ts', lines(1), ['1 file-name']],
  ['a barrel', RUN, "export * from './a.ts';", ['1 barrel']],
  ['a named barrel', RUN, "a();\nexport * as b from './a.ts';", ['2 barrel']],
  ['the one barrel', 'src/library.ts', "export * from './core/index.ts';", []],
  ['the clock', RUN, 'a();\nconst now = Date.now();', ['2 hidden-input']],
  ['the clock, handed on', RUN, 'start({ now: Date.now });', ['1 hidden-input']],
  ['the clock as a date', RUN, 'const a = new Date();', ['1 hidden-input']],
  ['the clock as a date, bare', RUN, 'const a = new Date;', ['1 hidden-input']],
  ['the clock as text', RUN, 'const a = Date();', ['1 hidden-input']],
  ['a date from a number', RUN, 'const a = new Date(millis);', []],
  ['a date type', RUN, 'const parse = (a: Date): string => toDate();', []],
  ['chance', RUN, 'const a = Math.random();', ['1 hidden-input']],
  ['the environment, in hosts too', 'src/core/hosts/a.ts', 'const a = process.env.HOME;', ['1 hidden-input']],
  ['printing, in the engine too', 'src/core/engine/a.ts', "console.error('x');", ['1 hidden-input']],
  ['the clock in the command line', 'src/cli/a.ts', 'const now = Date.now();', []],
  ['the clock in a comment', RUN, '// not Date.now()\n/** Math.random */', []],
  ['the clock in a string', RUN, "const a = 'Date.now()';", []],
  ['the clock in a template', RUN, 'const a = `Date.now() ${b}`;', []],
  ['the clock inside a template', RUN, 'const a = `${b} ${Date.now()}`;', ['1 hidden-input']],
  ['a suppression', RUN, '// @ts-expect-error\na();', ['1 suppression']],
  ['a path of this machine', RUN, `const a = '${elsewhere}';`, ['1 machine-path']],
  ['… in a text', 'README.md', `see\n${elsewhere}\n`, ['2 machine-path']],
  [
    'a path taken from a URL',
    'test/e2e/a.ts',
    `const a = new URL('./b', ${HERE}).pathname;`,
    ['1 escaped-path'],
  ],
  ['a URL read as one', 'test/e2e/a.ts', `const a = read(new URL('./b', ${HERE}));`, []],
  ['a folder called work', 'docs/a.md', 'see src/work/list and /srv/work/list', []],
] as const) {
  test(title, () => assert.deepEqual(rules(path, text), want));
}

for (const [title, path, text, want] of [
  ['above the line', RUN, '// house: hidden-input the one clock that is handed on\nconst a = Date.now;', []],
  ['on the line', RUN, 'const a = Date.now; // house: hidden-input the one clock handed on', []],
  ['for the whole file', RUN, `${lines(400)}// house: file-length one table, useless in two parts\n`, []],
  ['without a reason', RUN, '// house: hidden-input\nconst a = Date.now;', ['1 exception', '2 hidden-input']],
  [
    'with hardly a reason',
    RUN,
    '// house: hidden-input because\nconst a = Date.now;',
    ['1 exception', '2 hidden-input'],
  ],
  [
    'from another rule',
    RUN,
    '// house: barrel there is no way around\nconst a = Date.now;',
    ['1 exception', '2 hidden-input'],
  ],
  ['from a rule that is none', RUN, '// house: clock there is no way around\na();', ['1 exception']],
  [
    'too far away',
    RUN,
    '// house: hidden-input the one clock handed on\na();\nDate.now();',
    ['1 exception', '3 hidden-input'],
  ],
  ['that excuses nothing', RUN, '// house: hidden-input was needed in former times\na();', ['1 exception']],
] as const) {
  test(`an exception ${title}`, () => assert.deepEqual(rules(path, text), want));
}

for (const [title, text, bare] of [
  ['strings', `a('b', "c\\"d") + e`, `a(' ', "    ") + e`],
  ['a line comment', 'a; // b', 'a;     '],
  ['a block comment keeps its lines', 'a /* b\nc */ d', 'a     \n     d'],
  ['a template with code', '`a${b(`c${d}`)}e` + f', '` ${b(` ${d}`)} ` + f'],
  ['braces in a template', '`${{ a: 1 }.a}` + b', '`${{ a: 1 }.a}` + b'],
  ['a regular expression', "a = /'\\/[/']/g; b", 'a = /       /g; b'],
  ['a division', "a = b / c; d = 'e' / f", "a = b / c; d = ' ' / f"],
  ['an apostrophe in JSX', "<Text>don't</Text>; a('b')", "<Text>don't</Text>; a(' ')"],
  ['JSX that closes itself', "<A b={1} /> + c('d') / e", "<A b={1} /> + c(' ') / e"],
] as const) {
  test(`code and text: ${title}`, () => assert.equal(readSource(text).bare, bare));
}
