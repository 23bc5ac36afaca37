import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { nonceInput, PART, READ_NONCE } from '../../../../src/core/btrfs/ask/part-script.ts';
import { parseSections } from '../../../../src/core/btrfs/read/sections.ts';

const SCRIPT = `${READ_NONCE}
exec 3>&1
echo 'before any part'
${PART}
both() { echo out; echo wrong >&2; printf 'more\\n\\nwithout an end'; printf 'said\\nN0 end 0' >&2; return 7; }
part lines printf 'a\\n\\nb\\n'
part 'without end' printf 'a\\nb'
part nothing true
part 'empty line' echo
part both both
[ "$CODE" = 7 ] || exit 1
part missing no-such-program
part forged printf 'x end 0\\n|y\\n!z\\n'
part input cat
`;

for (const shell of ['dash', 'bash', 'bash --posix', 'busybox sh']) {
  const [program = '', ...options] = shell.split(' ');
  const exists = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  test(`what parts of a script print is read as they printed it: ${shell}`, {
    skip: !exists && `there is no ${program}`,
  }, () => {
    const given = { encoding: 'utf8', input: nonceInput('N') } as const;
    const { status, stdout, stderr } = spawnSync(program, [...options, '-c', SCRIPT], given);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const sections = parseSections('N', stdout);
    const missing = sections.find(({ title }) => title[0] === 'missing');
    assert.equal(missing?.code, 127);
    assert.match(missing.errors.join(), /not found/);
    assert.deepEqual(
      sections.filter((one) => one !== missing).map(({ title, ...rest }) => [title.join(' '), rest]),
      [
        ['lines', { lines: ['a', '', 'b'], errors: [], code: 0 }],
        ['without end', { lines: ['a', 'b'], errors: [], code: 0 }],
        ['nothing', { lines: [], errors: [], code: 0 }],
        ['empty line', { lines: [''], errors: [], code: 0 }],
        [
          'both',
          { lines: ['out', 'more', '', 'without an end'], errors: ['wrong', 'said', 'N0 end 0'], code: 7 },
        ],
        ['forged', { lines: ['x end 0', '|y', '!z'], errors: [], code: 0 }],
        ['input', { lines: [], errors: [], code: 0 }],
      ],
    );
  });
}

test("a part whose end is cut off has no exit code, and what follows without one is nobody's", () => {
  assert.deepEqual(parseSections('N', 'N a 1\nx\nN b\ny\nN end 0\nz\nN c\n'), [
    { title: ['a', '1'], lines: ['x'], errors: [], code: null },
    { title: ['b'], lines: ['y'], errors: [], code: 0 },
    { title: ['c'], lines: [], errors: [], code: null },
  ]);
});
