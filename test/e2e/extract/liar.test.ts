/** A server that keeps a replica lists honestly and sends something else: nothing of the primary is touched, and it is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { manifest } from '../fleet/manifest.ts';

const fleet = await TestFleet.up('extract-liar', { servers: 2 });
const { lab } = fleet;
const { on, extract } = extracting(fleet);
const all = (path: string): Promise<string> => manifest(fleet.real, 'a', path);

const data = await fleet.subvolume('/srv/pool/data');
await on(`cd ${data} && mkdir docs && echo was >docs/f && chmod 640 docs/f && echo two >docs/g
  mkdir /srv/pool/foreign && echo precious >/srv/pool/foreign/f`);
const name = await fleet.snapshot(data);
await fleet.replicateOne('auto', data, '--to', 'b');
await on(`rm ${data}/docs/f && echo is >${data}/docs/g`);

/** What the server sends instead: rows of Python that add to the archive. */
async function lie(rows: readonly string[]): Promise<void> {
  const text = `#!/bin/sh
case " $* " in *" -c "*) cat >/dev/null; exec python3 /tmp/lie/send.py ;; esac
exec /tmp/lie/tar.real "$@"
`;
  const python = `
import io, sys, tarfile
out = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)
def put(name, kind=tarfile.REGTYPE, mode=0o644, link='', data=b'', major=0):
    one = tarfile.TarInfo(name)
    one.type, one.mode, one.linkname, one.size, one.devmajor, one.mtime = kind, mode, link, len(data), major, 1e9
    out.addfile(one, io.BytesIO(data))
${rows.join('\n')}
out.close()
`;
  const write =
    'mkdir -p /tmp/lie && printf %s "$1" >/tmp/lie/tar && chmod 755 /tmp/lie/tar && printf %s "$2" >/tmp/lie/send.py';
  await lab.must('b', ['sh', '-ec', write, 'sh', text, python]);
}

const tar = (await on('command -v tar', 'b')).trim();
await on(`mkdir -p /tmp/lie && cp -L ${tar} /tmp/lie/tar.real`, 'b');

const F = "put('./docs/f', mode=0o640, data=b'was\\n')";
const G = "put('./docs/g', data=b'two\\n')";
const DOCS = "put('./docs', tarfile.DIRTYPE, 0o755)";
const OTHER = [3, 'refused'];
for (const [title, rows, want = OTHER] of [
  ['a link to elsewhere for a directory', ["put('./docs', tarfile.SYMTYPE, link='/srv/pool/foreign')"]],
  [
    'a link to elsewhere, and names through it',
    ["put('./docs', tarfile.SYMTYPE, link='../../../foreign')", F, G],
    [1, 'command-failed'],
  ],
  ['a device for a file', [DOCS, "put('./docs/f', tarfile.BLKTYPE, 0o666, major=8)", G]],
  ['other rights', [DOCS, "put('./docs/f', mode=0o4640, data=b'was\\n')", G]],
  ['another size', [DOCS, "put('./docs/f', mode=0o640, data=b'longer\\n')", G]],
  ['a file that is not in its list', [DOCS, F, G, "put('./docs/more', mode=0o6777, data=b'x')"]],
  ['less than was asked for', [DOCS, F]],
  ['far more', [DOCS, "put('./docs/f', mode=0o640, data=b'x' * (80 << 20))", G]],
] as const) {
  test(`it sends ${title}: refused, and nothing was changed`, async () => {
    const [before, foreign] = [await all(data), await all('/srv/pool/foreign')];
    await lie(rows);
    await on(`mount --bind /tmp/lie/tar ${tar}`, 'b');
    try {
      const words = ['snapshot', 'extract', data, name, 'docs', '--from', 'b', '--yes'];
      const { code, fault } = await fleet.fault(...words);
      assert.deepEqual([code, fault.code], want, fault.message);
      assert.match(fault.message, /docs|sends more than it listed/);
    } finally {
      await on(`umount ${tar}`, 'b');
    }
    assert.equal(await all('/srv/pool/foreign'), foreign);
    assert.equal(await all(data), before);
  });
}

test('what it sends honestly comes', async () => {
  const done = await extract(data, name, ['docs'], '--from', 'b');
  assert.equal(done.outcome, 'restored', JSON.stringify(done));
  assert.equal(await on(`cat ${data}/docs/f ${data}/docs/g; stat -c %a ${data}/docs/f`), 'was\ntwo\n640\n');
});
