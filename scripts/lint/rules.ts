// The house rules that look at one file at a time, imports apart: length, names, barrels, hidden inputs, paths.
// Function lengths and everything about syntax are biome's (biome.json).
import { posix } from 'node:path';
import type { Finding, HouseFile, Rule } from './finding.ts';
import { lineAt } from './source-text.ts';

const MAX_LINES = 300;
const MAX_TEST_LINES = 400;

/** Names that say nothing about what is inside. */
const DUMPING_GROUNDS = new Set(['util', 'utils', 'helper', 'helpers', 'misc', 'types', 'common', 'shared']);

/** The one place that may pass everything on: the words of the library, beside how it is opened. */
const THE_BARREL = 'src/library.ts';

/** Clock, chance, environment and terminal reach the core as arguments. */
const HIDDEN_INPUTS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/g, 'reads the clock'],
  [/\bnew Date\b(?!\s*\(\s*[^)\s])/g, 'reads the clock'],
  [/(?<!new )(?<![.\w])Date\(\s*\)/g, 'reads the clock'],
  [/\bperformance\.now\b|\bprocess\.hrtime\b/g, 'reads the clock'],
  [/\bMath\.random\b/g, 'uses chance'],
  [/\bprocess\.env\b/g, 'reads the environment'],
  [/\bconsole\s*\./g, 'prints'],
  [/\bprocess\.std(?:out|err)\b/g, 'prints'],
];

const SUPPRESSION = /@ts-(?:ignore|nocheck|expect-error)|biome-ignore-(?:all|start)/;

/** Written in pieces, or this file would be the first finding. */
const MACHINE_PATH = new RegExp(
  ['(?<![\\w.~$}-])', '/(?:', 'work', '|tmp/', 'team', '|home/', '(?:runner|node)', ')/'].join(''),
  'g',
);

type Check = (file: HouseFile) => Finding[];

const isCode = (path: string): boolean => /\.(?:ts|tsx|mjs)$/.test(path);

const finding = ({ path }: HouseFile, line: number, rule: Rule, message: string): Finding => ({
  path,
  line,
  rule,
  message,
});

const checkLength: Check = (file) => {
  const lines = file.text.replace(/\n$/, '').split('\n').length;
  const limit = file.path.startsWith('test/') ? MAX_TEST_LINES : MAX_LINES;
  if (lines <= limit) return [];
  return [
    finding(
      file,
      1,
      'file-length',
      `has ${lines} lines, ${limit} are the limit: split it by what it decides`,
    ),
  ];
};

const checkName: Check = (file) => {
  const name = posix.basename(file.path).replace(/\..*$/, '').toLowerCase();
  if (!DUMPING_GROUNDS.has(name)) return [];
  return [finding(file, 1, 'file-name', `"${name}" says nothing: name it after what it exports`)];
};

const checkBarrel: Check = (file) =>
  file.path === THE_BARREL
    ? []
    : [...file.source.bare.matchAll(/^export \*/gm)].map((match) =>
        finding(file, lineAt(file.text, match.index), 'barrel', 'no barrels: import from the file itself'),
      );

const checkHiddenInputs: Check = (file) => {
  if (!file.path.startsWith('src/core/')) return [];
  return HIDDEN_INPUTS.flatMap(([pattern, does]) =>
    [...file.source.bare.matchAll(pattern)].map((match) => {
      const message = `${match[0].trim()} ${does}: the core is given that as an argument`;
      return finding(file, lineAt(file.text, match.index), 'hidden-input', message);
    }),
  );
};

const checkSuppressions: Check = (file) =>
  file.source.comments.flatMap(({ line, text }) => {
    const what = SUPPRESSION.exec(text)?.[0];
    return what ? [finding(file, line, 'suppression', `${what} hides errors`)] : [];
  });

const checkEscapedPaths: Check = (file) =>
  [...file.source.bare.matchAll(/import\.meta\.url\)\.pathname/g)].map((match) => {
    const message = 'a URL writes a space as %20: use import.meta.dirname or import.meta.filename';
    return finding(file, lineAt(file.text, match.index), 'escaped-path', message);
  });

/** What others say is read by one reader, which has a bound. These do not keep it: each says why where it listens. */
const LISTENERS = new Set([
  'src/core/hosts/port/bounded-output.ts',
  'src/core/hosts/ssh/channel-stream.ts',
  'src/core/hosts/facts.ts',
  'src/core/hosts/ssh/heartbeat.ts',
  'src/core/run/replication/paths/fan-out.ts',
]);

const checkBoundedOutput: Check = (file) => {
  if (!file.path.startsWith('src/core/') || LISTENERS.has(file.path)) return [];
  return [...file.source.code.matchAll(/\.(?:on|once)\(\s*'(?:data|readable)'|\.setEncoding\(/g)].map(
    (match) => {
      const message = 'output is read by hosts/bounded-output.ts, which ends who says too much';
      return finding(file, lineAt(file.text, match.index), 'bounded-output', message);
    },
  );
};

/** Any text, not only code. */
export const checkMachinePaths = (path: string, text: string): Finding[] =>
  [...text.matchAll(MACHINE_PATH)].map((match) => ({
    path,
    line: lineAt(text, match.index),
    rule: 'machine-path',
    message: `${match[0]} is a path of one machine`,
  }));

const CHECKS: readonly Check[] = [
  checkLength,
  checkName,
  checkBarrel,
  checkHiddenInputs,
  checkSuppressions,
  checkEscapedPaths,
  checkBoundedOutput,
];

export const checkRules = (file: HouseFile): Finding[] =>
  isCode(file.path) ? CHECKS.flatMap((check) => check(file)) : [];
