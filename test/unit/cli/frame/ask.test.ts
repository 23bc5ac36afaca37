/** Questions at a terminal, answered by keys as a terminal sends them. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { confirm } from '../../../../src/cli/frame/ask.ts';
import { readSecret } from '../../../../src/cli/frame/secret.ts';
import { exitCodeOf, formatFault } from '../../../../src/process/output.ts';

const terminal = (isTTY = true) => ({
  stdin: Object.assign(new PassThrough(), { isTTY, setRawMode: () => {} }),
  stderr: Object.assign(new PassThrough(), { isTTY }),
});
const never = new AbortController().signal;

for (const [title, keys, code] of [
  ['y', 'y\r', null],
  ['yes', 'YES\r', null],
  ['n', 'n\r', 3],
  ['Enter alone', '\r', 3],
  ['Ctrl-D', '\u0004', 3],
  ['Ctrl-C', '\u0003', 130],
  ['Ctrl-C after y', 'y\u0003', 130],
] as const) {
  test(`"Go on?" answered with ${title}: exit ${code ?? 'not yet'}`, async () => {
    const at = terminal();
    at.stdin.write(keys);
    const refused = await confirm('It will go.', false, never, at);
    assert.equal(refused && exitCodeOf(refused), code);
  });
}

test('an interrupted question is one line, and no bug', async () => {
  const at = terminal();
  at.stdin.write('\u0003');
  const refused = await confirm('It will go.', false, never, at);
  assert.equal(refused && formatFault(refused), 'btrfleet: Interrupted; nothing was done. (cancelled)');
});

test('a signal ends a question as Ctrl-C does', async () => {
  const stop = new AbortController();
  const asked = confirm('It will go.', false, stop.signal, terminal());
  stop.abort();
  assert.equal((await asked)?.code, 'cancelled');
});

test('what will happen is shown before it is asked, without drawing on the terminal', async () => {
  const at = terminal();
  at.stdin.write('n\r');
  await confirm('a\u001b[2Jb', false, never, at);
  assert.match(String(at.stderr.read()), /^a\\u\{1b\}\[2Jb\n/);
});

for (const [title, keys, want] of [
  ['letters', 'sécret 🔑\r', 'sécret 🔑'],
  ['a line feed as the end', 'secret\n', 'secret'],
  ['arrows and function keys', 'a\u001b[Ab\u001bOPc\u001b[3~\r', 'abc'],
  ['Alt with a letter', 'a\u001bxb\r', 'ab'],
  ['a bracketed paste', '\u001b[200~secret\u001b[201~\r', 'secret'],
  ['backspace over an emoji', 'a🔑\u007fb\r', 'ab'],
  ['backspace at the beginning', '\u007f\ba\r', 'a'],
  ['Ctrl-U', 'wrong\u0015right\r', 'right'],
  ['Ctrl-D in the middle', 'a\u0004b\r', 'ab'],
  ['Tab', 'a\tb\r', 'ab'],
] as const) {
  test(`a typed secret: ${title}`, async () => {
    const at = terminal();
    at.stdin.write(keys);
    assert.deepEqual(await readSecret('password', never, at), { ok: true, value: want });
    assert.equal(String(at.stderr.read()), 'The password: \n');
  });
}

for (const [title, keys, code] of [
  ['Ctrl-C', 'abc\u0003', 130],
  ['Ctrl-D on an empty line', '\u0004', 2],
  ['Enter alone', '\r', 2],
] as const) {
  test(`a typed secret ended by ${title}: exit ${code}`, async () => {
    const at = terminal();
    at.stdin.write(keys);
    const read = await readSecret('passphrase', never, at);
    assert.equal(!read.ok && exitCodeOf(read.fault), code);
  });
}

for (const [title, text, want] of [
  ['with a line end', 'secret\n', 'secret'],
  ['from Windows', 'secret\r\n', 'secret'],
  ['with blanks, which are part of it', ' secret \n', ' secret '],
  ['nothing', '', null],
  ['an empty line', '\n', null],
] as const) {
  test(`a secret from a pipe: ${title}`, async () => {
    const at = terminal(false);
    at.stdin.end(text);
    const read = await readSecret('password', never, at);
    assert.equal(read.ok ? read.value : read.fault.code, want ?? 'usage');
  });
}

test('a signal ends waiting for a pipe', async () => {
  const stop = new AbortController();
  const read = readSecret('password', stop.signal, terminal(false));
  stop.abort();
  const ended = await read;
  assert.equal(!ended.ok && ended.fault.code, 'cancelled');
});
