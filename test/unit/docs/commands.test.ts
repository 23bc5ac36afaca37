/** What the documents promise exists, and what exists is documented: every command, argument and option. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const program = createProgram('0.0.0');

/** Commands that do something, by their words after `btrfleet`; hidden ones are nobody's to call. */
function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  const shown = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  if (shown.length === 0) return [[path.join(' '), command]];
  const below = shown.flatMap((child) => leaves(child, [...path, child.name()]));
  // One that takes something of its own does something itself; what is below it is named first.
  return command.registeredArguments.length > 0 ? [...below, [path.join(' '), command]] : below;
}
const commands = new Map(leaves(program));
const everywhere = new Set(['--help', '-h', ...longsOf(program), '-V']);

function longsOf(command: Command): string[] {
  return command.options.map(({ long }) => long ?? '');
}

/** The names of options in a text, without what they take. */
const optionsIn = (text: string): string[] => text.match(/(?<![\w-])--?[a-zA-Z][a-z-]*/g) ?? [];

test('docs/cli.md names the options of the program itself', () => {
  const preamble = read('docs/cli.md').split(/^##/m)[0] ?? '';
  const flags = [...preamble.matchAll(/^\| `(-[^`]+)` \|/gm)].map((match) => match[1]);
  const own = program.createHelp().visibleOptions(program);
  assert.deepEqual(flags.toSorted(), own.map((option) => option.flags).toSorted());
});

test('docs/cli.md describes the commands there are, and no others', () => {
  const described = [...read('docs/cli.md').matchAll(/^### `btrfleet ([a-z -]+?)(?: [<[].*)?`$/gm)].map(
    (match) => match[1],
  );
  assert.deepEqual(described.toSorted(), [...commands.keys()].toSorted());
});

for (const [path, command] of commands) {
  const section =
    read('docs/cli.md')
      .split(new RegExp(`^### \`btrfleet ${path}(?= [<[]|\`)`, 'm'))[1]
      ?.split(/^##/m)[0] ?? '';

  test(`docs/cli.md names every option of ${path} as it is, and no others`, () => {
    const flags = [...section.matchAll(/^\| `(-[^`]+)` \|/gm)].map((match) => match[1]);
    assert.deepEqual(
      flags,
      command.options.map((option) => option.flags),
    );
  });

  test(`docs/cli.md names the arguments of ${path}`, () => {
    const words = command.registeredArguments.map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? ` <${name}>` : ` [${name}]`;
    });
    assert.match(
      read('docs/cli.md'),
      new RegExp(`^### \`btrfleet ${`${path}${words.join('')}`.replace(/[.[\]]/g, '\\$&')}\`$`, 'm'),
    );
  });
}

/** The pages of the house. */
const HOUSE_PAGES = globSync('docs/house/*.md');

const FENCED = /^ *```[^\n]*\n([\s\S]*?)^ *```/gm;

/** What follows `btrfleet` in a line of a code block, or between backquotes in a sentence. */
function invocations(text: string): string[] {
  const blocks = [...text.matchAll(FENCED)].map((match) => match[1] ?? '').join('\n');
  const lines = blocks.matchAll(/^ *(?:\$ )?btrfleet ([a-z][^#\n]*)/gm);
  const inline = text.replaceAll(FENCED, '').matchAll(/`btrfleet ([a-z][^`]*)`/g);
  return [...lines, ...inline].map((match) => (match[1] ?? '').trim());
}

for (const file of [
  'README.md',
  'docs/cli.md',
  'docs/architecture.md',
  ...HOUSE_PAGES,
  'docs/scheduler.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
]) {
  test(`${file} shows only commands and options that exist`, () => {
    for (const line of invocations(read(file))) {
      const found = [...commands].find(([path]) => line === path || line.startsWith(`${path} `));
      assert.ok(found, `there is no "btrfleet ${line}"`);
      const [path, command] = found;
      const known = new Set([
        ...everywhere,
        ...longsOf(command),
        ...command.options.map(({ short }) => short ?? ''),
      ]);
      for (const option of optionsIn(line))
        assert.ok(known.has(option), `"btrfleet ${path}" has no ${option}`);
    }
  });
}

test('README.md names every noun there is', () => {
  for (const noun of new Set([...commands.keys()].map((path) => path.split(' ')[0] ?? ''))) {
    assert.match(read('README.md'), new RegExp(`btrfleet ${noun}\\b`), noun);
  }
});

test('README.md names only scripts of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const file of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', ...HOUSE_PAGES]) {
    for (const [, name = ''] of read(file).matchAll(/npm run ([a-z:]+)/g))
      assert.ok(name in scripts, `${file}: npm run ${name}`);
  }
});

test('the map of the house leads to every page, and to nothing that is not there', () => {
  const pages = [...read('docs/architecture.md').matchAll(/\]\((house\/[^)]+)\)/g)].map(([, page]) => page);
  assert.deepEqual([...new Set(pages)].sort(), HOUSE_PAGES.map((file) => file.replace('docs/', '')).sort());
});

test('the house names only files that are there', () => {
  for (const page of ['docs/architecture.md', ...HOUSE_PAGES]) {
    for (const [, file = ''] of read(page).matchAll(/`((?:[\w-]+\/)+[\w.-]+\.tsx?)`/g))
      assert.ok(
        ['', 'src/', 'src/core/'].some((above) => existsSync(above + file)),
        `${page}: ${file}`,
      );
  }
});
