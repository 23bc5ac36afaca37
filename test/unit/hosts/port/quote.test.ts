import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCsh, PROBE } from '../../../../src/core/hosts/port/login-shell.ts';
import {
  commandLabel,
  isSupportedName,
  shellLine,
  shownLine,
} from '../../../../src/core/hosts/port/quote.ts';
import { type Argv, asRoot, asUser } from '../../../../src/core/model/command.ts';
import { quoteWord } from '../../../../src/core/model/command-line.ts';
import { codePoint } from '../../../code-points.ts';

/** Those of them that are here. */
const shells = (
  [
    ['sh'],
    ['bash'],
    ['dash'],
    ['busybox', 'ash'],
    ['zsh'],
    ['mksh'],
    ['fish', '--no-config'],
    ['tcsh', '-f'],
  ] as const
).filter(([program, ...args]) => spawnSync(program, [...args, '-c', 'exit 0']).status === 0);
const BEGIN = 'btrfleet-begins\n';

const word = fc.oneof(
  fc.string({ unit: codePoint }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '(', ')', '!', '\n', ' ', '-', '*', '~', 'é', '🐘', '\t'),
  }),
  fc.constantFrom(
    '',
    '-n',
    '--',
    '=x',
    'a=b',
    '$(id)',
    '`id`',
    "it's",
    '\\',
    '~root',
    '{a,b}',
    '#',
    '&',
    '\r',
    '%s',
    '🐘',
  ),
);
const words = fc.array(
  word.filter((text) => !text.includes('\0') && text.isWellFormed()),
  { maxLength: 200 },
);

for (const [shell, ...args] of shells) {
  const dialect = isCsh(shell) ? 'csh' : 'posix';
  test(`any words survive a real ${shell}`, () => {
    fc.assert(
      fc.property(words, (given) => {
        const line = shellLine(asUser('printf', '%s\\0', ...given, 'end'), [], dialect);
        assert.ok(line.ok);
        const said = spawnSync(shell, [...args, '-c', line.value], { encoding: 'utf8' }).stdout;
        assert.ok(said.startsWith(BEGIN), said);
        assert.deepEqual(said.slice(BEGIN.length).split('\0').slice(0, -1), [...given, 'end']);
      }),
      // Many words at a time: it is the shell's start that costs.
      { numRuns: 4 },
    );
  });

  test(`the probe comes through a real ${shell} byte by byte`, () => {
    const line = shellLine(asUser('printf', '%s', PROBE), [], dialect);
    assert.ok(line.ok);
    const { stdout } = spawnSync(shell, [...args, '-c', line.value], { encoding: 'utf8' });
    assert.equal(stdout, BEGIN + PROBE);
  });
}

test('a script of several lines is one word, and its arguments are words of their own', () => {
  const line = shellLine(asUser('sh', '-c', 'for a; do\n  echo "<$a>"\ndone', 'sh', 'a b', "'"), []);
  assert.ok(line.ok);
  assert.equal(spawnSync('dash', ['-c', line.value], { encoding: 'utf8' }).stdout, `${BEGIN}<a b>\n<'>\n`);
});

test('every command runs in UTC, in C, with the system directories at the end of PATH', () => {
  const line = shellLine(asUser('sh', '-c', 'echo "$TZ $LC_ALL $PATH"'), []);
  assert.ok(line.ok);
  const { stdout } = spawnSync('sh', ['-c', line.value], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  });
  assert.equal(stdout, `${BEGIN}UTC C /usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin\n`);
});

test('the shell is replaced by the command, so that a signal reaches it', () => {
  const line = shellLine(asUser('sh', '-c', 'echo $PPID'), []);
  assert.ok(line.ok);
  const { stdout } = spawnSync('dash', ['-c', line.value], { encoding: 'utf8' });
  assert.equal(stdout, `${BEGIN}${process.pid}\n`);
});

test('the privilege words stand before a command that needs root, and only there', () => {
  const sudo = ['sudo', '-n'];
  const line = (command: Parameters<typeof shellLine>[0]) => {
    const built = shellLine(command, sudo);
    return built.ok ? built.value.split(' sh ').at(-1) : built.fault.code;
  };
  assert.equal(line(asRoot('btrfs', 'send', '/a b')), "sudo -n btrfs send '/a b'");
  assert.equal(line(asUser('findmnt')), 'findmnt');
});

for (const [title, argv, code] of [
  ['a NUL', ['cat', 'a\0b'], 'unsupported-name'],
  ['half a surrogate pair', ['cat', 'a\ud800b'], 'unsupported-name'],
  ['more than Linux takes as one argument', ['cat', 'x'.repeat(131_072)], 'command-failed'],
] as const) {
  test(`refused before anything is sent: ${title}`, () => {
    const line = shellLine(asUser(...(argv as Argv)), []);
    assert.equal(line.ok ? line.value : line.fault.code, code);
  });
}

test('a program name that env would take for something else is a bug, not a fault', () => {
  for (const program of ['A=b', '-i', '']) assert.throws(() => shellLine(asUser(program), []));
});

for (const [name, supported] of [
  ['plain', true],
  ['with \' " $() \\ ~ -x', true],
  ['🐘 é', true],
  ['tab\there', true],
  ['new\nline', false],
  ['nul\0', false],
  ['\udc00', false],
  ['not utf-8: \ufffd', false],
] as const) {
  test(`${JSON.stringify(name)} is ${supported ? '' : 'not '}a supported name`, () =>
    assert.equal(isSupportedName(name), supported));
}

test('messages name a command without its paths', () => {
  assert.equal(commandLabel(['btrfs', 'receive', '/mnt']), 'btrfs receive');
  assert.equal(commandLabel(['btrfs', 'subvolume', 'list', '-p', '/']), 'btrfs subvolume list');
  assert.equal(commandLabel(['sh', '-c', 'x']), 'sh');
  assert.equal(shownLine(['cat', "it's"]), `cat 'it'\\''s'`);
  assert.equal(quoteWord('=zsh'), "'=zsh'");
});
