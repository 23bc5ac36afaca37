/** What is told of a call that cannot be understood, to people and to machines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAndRun } from '../../../../src/cli/program.ts';

async function called(argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await parseAndRun('0.0.0', argv, { stdout: into('stdout'), stderr: into('stderr') });
  return { code, ...written };
}

for (const [title, words, message, hint] of [
  ['a missing argument', 'snapshot create', /snapshot create: missing required argument 'subvolume'/, null],
  ['a missing option', 'replicate auto /data', /required option '--to <targets>' not specified/, null],
  ['an option without its value', 'run list --limit', /option '--limit <n>' argument missing/, null],
  ['too many arguments', 'run list x', /too many arguments/, null],
  [
    'an unknown option',
    'snapshot list /data --servr b',
    /unknown option '--servr'/,
    /^Did you mean --server\?/,
  ],
  ['an unknown verb', 'snapshot lst', /^btrfleet snapshot: unknown command 'lst'$/, /^Did you mean list\?/],
  ['an unknown noun', 'snap', /^btrfleet: unknown command 'snap'$/, null],
  ['a bare noun', 'server', /^"btrfleet server" alone says nothing to do\.$/, /one of add, edit, remove,/],
  ['nothing', '', /^"btrfleet" alone/, /one of server, subvolume, .+, setup-service\. /],
  ['the screen’s --readonly', '--readonly doctor', /'--readonly' belongs to the screen/, null],
  ['the scheduler’s file', '--metrics-file /m server list', /'--metrics-file' belongs to --schedule/, null],
  [
    'its port after the command',
    'server list --metrics-port 9',
    /'--metrics-port' belongs to --schedule/,
    null,
  ],
] as const) {
  const argv = words.split(' ').filter((word) => word !== '');

  test(`with --json one document tells of ${title}, and exit 2`, async () => {
    const { code, stdout, stderr } = await called([...argv, '--json']);
    const { fault } = JSON.parse(stdout) as { fault: Record<string, unknown> };
    assert.equal(code, 2);
    assert.equal(fault['code'], 'usage');
    assert.match(String(fault['message']), message);
    assert.match(String(fault['hint']), hint ?? /--help" says how it is called\.$/);
    assert.equal(stderr, '');
  });

  test(`without --json people are told of ${title} on stderr, and exit 2`, async () => {
    const { code, stdout, stderr } = await called(argv);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^(?:error: |Usage: btrfleet)/);
    assert.match(
      stderr,
      stderr.startsWith('error: ') ? /\n {2}.*--help" says how it is called\.\n$/ : /Options:/,
    );
  });
}

test('what there is is named where there is nothing of that name', async () => {
  const { stderr } = await called(['replicate', 'send', '/data']);
  assert.match(
    stderr,
    /^error: unknown command 'send'\n {2}It is one of full, incremental, auto\. "btrfleet replicate --help" says/,
  );
});

test('--json after -- is an argument, not an option', async () => {
  const { code, stdout } = await called(['run', 'list', '--', '--json']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
});

for (const words of ['help', 'help server', 'server help', 'server help add', 'server --help', '--help']) {
  test(`"${words}" prints help on stdout, exit 0`, async () => {
    const { code, stdout, stderr } = await called(words.split(' '));
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: btrfleet/);
    assert.equal(stderr, '');
  });
}

for (const words of ['help', 'help server', 'server help add', 'server --help', '--help', '-h']) {
  test(`"${words} --json" prints the same help in one document, exit 0`, async () => {
    const plain = await called(words.split(' '));
    const { code, stdout, stderr } = await called([...words.split(' '), '--json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { help: plain.stdout.trimEnd() });
    assert.equal(stderr, '');
  });
}

for (const words of ['--version --json', '--json -V']) {
  test(`"${words}" prints the version in one document, exit 0`, async () => {
    const { code, stdout } = await called(words.split(' '));
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { version: '0.0.0' });
  });
}
