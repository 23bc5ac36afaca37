/** Where a server is, as people write it: taken apart where it can mean one thing only, else refused with the reason. */
import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Beside, parseAddress, shownAddress } from '../../../src/core/model/address.ts';

const said = (text: string, beside?: Beside): string => {
  const read = parseAddress(text, beside);
  if (!read.ok) return `${read.fault.field}: ${read.fault.why}`;
  const { host, port, user } = read.value;
  return `${user ?? '-'} ${host} ${port ?? '-'}`;
};

for (const [text, want] of [
  ['backup1', '- backup1 -'],
  [' backup1.example.org. ', '- backup1.example.org. -'],
  ['büro_2', '- büro_2 -'],
  ['10.0.0.1', '- 10.0.0.1 -'],
  ['10.0.0.1:2222', '- 10.0.0.1 2222'],
  ['root@backup1', 'root backup1 -'],
  ['me@AD.ORG@backup1:22', 'me@AD.ORG backup1 22'],
  ['::1', '- ::1 -'],
  ['[::1]', '- ::1 -'],
  ['[::1]:2222', '- ::1 2222'],
  ['root@[fe80::1%eth0]:22', 'root fe80::1%eth0 22'],
  ['::ffff:10.0.0.1', '- ::ffff:10.0.0.1 -'],
  ['2001:db8:0:0:0:0:0:1', '- 2001:db8:0:0:0:0:0:1 -'],
  ['::1:2222', '- ::1:2222 -'],
  ['ssh://root@backup1:2222', 'root backup1 2222'],
  ['SSH://backup1/', '- backup1 -'],
  ['ssh://a%40b@[::1]:2222/', 'a@b ::1 2222'],
] as const)
  test(`${JSON.stringify(text)} is ${want}`, () => assert.equal(said(text), want));

for (const [text, want] of [
  ['', /a host name or address is needed/],
  ['root@', /a host name or address is needed/],
  ['@backup1', /a user belongs before the @/],
  ['root:secret@backup1', /no password/],
  ['ssh://root;fingerprint=x@backup1', /no password or option/],
  ['ssh://ro%zzot@backup1', /a user belongs before/],
  ['https://backup1', /^host: https:\/\/ is not ssh/],
  ['backup1:', /belongs a port/],
  ['backup1:0', /belongs a port/],
  ['backup1:65536', /belongs a port/],
  ['backup1:ssh', /belongs a port/],
  ['[::1]:', /belongs a port/],
  ['[backup1]:22', /only an IPv6 address/],
  ['[::1', /no IPv6 address/],
  ['2001:db8:1:2:3:4:5:6:2222', /\[ADDRESS\]:PORT/],
  ['1::2::3', /\[ADDRESS\]:PORT/],
  ['10.0.0.256', /no IPv4 address/],
  ['backup1:/srv/pool', /path/],
  ['ssh://backup1/srv', /path/],
  ['a b', /letters, digits/],
  ['-oProxyCommand=x', /letters, digits/],
  ['a,b', /letters, digits/],
] as const)
  test(`${JSON.stringify(text)} is refused`, () => assert.match(said(text), want));

for (const [text, beside, want] of [
  ['backup1', { port: 2222, user: 'root' }, 'root backup1 2222'],
  ['root@backup1:2222', { port: 2222, user: 'root' }, 'root backup1 2222'],
  ['backup1:2222', { port: 22, user: null }, 'port: the host says port 2222, the port says 22'],
  ['me@backup1', { port: null, user: 'root' }, 'user: the host says user me, the user says root'],
] as const)
  test(`${text} beside ${JSON.stringify(beside)}: ${want}`, () => assert.equal(said(text, beside), want));

const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
const port = fc.option(fc.integer({ min: 1, max: 65_535 }));
const user = fc.option(fc.stringMatching(/^[a-z_][a-z0-9_@.-]{0,10}$/));

test('every way to write an address is read back as the same', () => {
  fc.assert(
    fc.property(host, port, user, fc.boolean(), (host, port, user, url) => {
      const alone = host.includes(':') ? `[${host}]` : host;
      const place = port === null ? alone : shownAddress(host, port);
      const written = url
        ? `ssh://${user === null ? '' : `${encodeURIComponent(user)}@`}${place}`
        : `${user === null ? '' : `${user}@`}${place}`;
      assert.deepEqual(parseAddress(written), { ok: true, value: { host, port, user } });
    }),
    { numRuns: 200 },
  );
});

test('what is taken for IPv6 is what the system takes for it', () => {
  const piece = fc.constantFrom(
    ':',
    '::',
    '1',
    'ffff',
    '12345',
    'g',
    '.',
    '1.2.3.4',
    '256.1.1.1',
    '%',
    'eth0',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV6(),
        fc.array(piece, { maxLength: 9 }).map((all) => all.join('')),
      ),
      (text) => {
        const read = parseAddress(`[${text}]`);
        // Of a zone the system takes any text; here it is the name of an interface.
        const [, zone = 'eth0'] = text.split('%');
        assert.equal(read.ok, isIPv6(text) && /^[\w.-]+$/.test(zone), text);
      },
    ),
    { numRuns: 500 },
  );
});
