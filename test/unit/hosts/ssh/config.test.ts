import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSshConfig } from '../../../../src/core/hosts/ssh/config.ts';

const TEXT = `
# fleet
User everybody
Include ~/.ssh/more
Host a alias-a
  HostName 10.0.0.1
  Port=2222
  IdentityFile "~/.ssh/id a"
  User first
  user second
Host *.lan !b.lan
  Port 23
Host b.lan
  ProxyJump a
Host c
  HostName %h.example.com
  ProxyJump u@gate:22,a
  IdentityFile none # none
Match user x
  Port 99
Host bad:name
Host *
  IdentityFile ~/.ssh/default
`;

test('hosts are read as ssh would: the first value wins, patterns give defaults', () => {
  const parsed = parseSshConfig(TEXT);
  assert.ok(parsed.ok);
  const shown = parsed.value.hosts.map((host) =>
    [host.name, host.host, host.port, host.user, host.identityFile, host.jump].join(' | '),
  );
  assert.deepEqual(shown, [
    'a | 10.0.0.1 | 2222 | everybody | ~/.ssh/id a | ',
    'alias-a | 10.0.0.1 | 2222 | everybody | ~/.ssh/id a | ',
    'b.lan | b.lan | 22 | everybody | ~/.ssh/default | a',
    'c | c.example.com | 22 | everybody |  | ',
  ]);
  assert.deepEqual(parsed.value.notes, [
    'Line 4: Include ~/.ssh/more is not followed; import that file too.',
    'Line 19: Match blocks are not taken over.',
    'Host c: ProxyJump u@gate:22,a is more than one name; add that server and set --jump by hand.',
    'Host bad:name cannot be a server name; it is left out.',
  ]);
});

for (const [title, text] of [
  ['a keyword alone', 'Host a\nHostName'],
  ['a port that is none', 'Host a\nPort ssh'],
] as const) {
  test(`a located fault for ${title}`, () => {
    const parsed = parseSshConfig(text);
    assert.match(parsed.ok ? '' : parsed.fault.message, /^Line 2 /);
  });
}
