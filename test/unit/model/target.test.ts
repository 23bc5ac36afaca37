import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isServerName, passphraseSecret, passwordSecret } from '../../../src/core/model/server.ts';
import { formatTarget, parseTarget, parseTargets } from '../../../src/core/model/target.ts';
import { codePoint } from '../../code-points.ts';

for (const [text, server, mount] of [
  ['b', 'b', null],
  ['b:/mnt/usb', 'b', '/mnt/usb'],
  ['b:/', 'b', '/'],
  ['b://', 'b', '/'],
  ['b:/mnt/usb/', 'b', '/mnt/usb'],
  ['b:/mnt/my disk', 'b', '/mnt/my disk'],
  ['b:/mnt/a:b', 'b', '/mnt/a:b'],
  ['b:/mnt/one, two', 'b', '/mnt/one, two'],
  ['b:/mnt/ä$(x)"\'', 'b', '/mnt/ä$(x)"\''],
  ['backup-2.example.org:/mnt', 'backup-2.example.org', '/mnt'],
] as const) {
  test(`${text} is ${server}, ${mount ?? 'no mount named'}`, () => {
    assert.deepEqual(parseTarget(text), { ok: true, value: { server, mount } });
  });
}

for (const text of [
  '',
  ' b',
  'b ',
  ':/mnt',
  'b:',
  'b:mnt',
  'b:-x',
  '/mnt',
  '-b',
  '.b',
  'b/c',
  'b\n',
  'ö:/mnt',
]) {
  test(`${JSON.stringify(text)} is no target`, () => {
    const parsed = parseTarget(text);
    assert.ok(!parsed.ok);
    assert.equal(parsed.fault.code, 'usage');
    assert.ok(parsed.fault.message.includes(text), 'the message names what was written');
    assert.match(parsed.fault.hint, /SERVER or SERVER:\/MOUNT/);
  });
}

test('server names keep out what has a meaning in a target or a path', () => {
  for (const name of ['a', 'A1', '_x', 'b.example-2_3', '0', 'x'.repeat(63)])
    assert.ok(isServerName(name), name);
  for (const name of ['', 'a:b', 'a,b', 'a/b', '-a', '.a', '..', 'a b', 'a\n', 'ä', 'x'.repeat(64)]) {
    assert.ok(!isServerName(name), name);
  }
});

test('the secrets of a server do not share a name', () => {
  assert.notEqual(passwordSecret('a'), passphraseSecret('a'));
  assert.notEqual(passwordSecret('a'), passwordSecret('b'));
});

const names = (texts: readonly string[]): string => {
  const parsed = parseTargets(texts);
  return parsed.ok ? parsed.value.map(formatTarget).join(' ') : parsed.fault.code;
};

for (const [title, texts, want] of [
  ['a list', ['b,c'], 'b c'],
  ['a repeated option', ['b', 'c:/mnt'], 'b c:/mnt'],
  ['both, in order', ['d,b', 'c'], 'd b c'],
  ['a comma too many', ['b,,c,'], 'b c'],
  ['two mounts of one server', ['b:/x,b:/y'], 'b:/x b:/y'],
  ['the same twice', ['b,b'], 'usage'],
  ['the same twice, over two options', ['b', 'b'], 'usage'],
  ['the same mount, once with a slash behind it', ['b:/x,b:/x/'], 'usage'],
  ['a mount with a comma and a space', ['b:/mnt/one, two'], 'usage'],
  ['a mount with a comma, alone in its option', ['b:/mnt/one,/two'], 'usage'],
  ['a space after the comma', ['b, c'], 'usage'],
  ['nothing where something was asked for', [''], 'usage'],
  ['commas alone', [',', ','], 'usage'],
  ['the option not given', [], ''],
] as const) {
  test(`targets: ${title}`, () => assert.equal(names(texts), want));
}

test('a mount with a comma: the fault says how to reach it all the same', () => {
  const parsed = parseTargets(['b:/mnt/one, two']);
  assert.ok(!parsed.ok);
  assert.match(parsed.fault.hint, /comma/);
  assert.match(parsed.fault.hint, /--default-mount/);
});

test('what is formatted is parsed to the same target', () => {
  const server = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
  const mount = fc.option(
    fc.string({ unit: codePoint }).map((text) => `/${text.replace(/\/+$/, '')}`),
    { nil: null },
  );
  fc.assert(
    fc.property(server, mount, (name, path) => {
      const target = { server: name, mount: path };
      assert.deepEqual(parseTarget(formatTarget(target)), { ok: true, value: target });
    }),
  );
});
