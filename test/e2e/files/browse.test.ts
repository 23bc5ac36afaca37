/** Browsing snapshots: what is told is what another tool sees; names of any bytes; links lead nowhere; what is closed is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('browse', { servers: 2, profile: { b: 'busybox' } });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-c', script]);

interface Row {
  readonly name: string;
  readonly path: string;
  readonly pathBytes: string | null;
  readonly type: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly mode: string;
  readonly owner: { readonly uid: number; readonly gid: number; readonly user: string | null };
  readonly nested: boolean;
  readonly target: string | null;
  readonly targetBytes: string | null;
}

interface Page {
  readonly self: Row;
  readonly files: readonly Row[];
  readonly next: string | null;
  readonly nextBytes: string | null;
  readonly root: string;
  readonly state: string | null;
  readonly notes: readonly { readonly code: string }[];
}

const browse = (...words: readonly string[]): Promise<Page> =>
  fleet.ok<Page>(['snapshot', 'browse', ...words]);

const data = '/srv/pool/data';
await on(`btrfs subvolume create ${data} && cd ${data}
  mkdir docs 'a dir' && echo hello >docs/letter && echo x >'a dir/x'
  printf big >sized && truncate -s 5G sized
  ln -s docs/letter link && ln -s /etc/passwd out && ln -s /etc outdir && ln -s "$(printf 'to\\377\\nx')" oddlink
  mkfifo pipe && mknod null c 1 3
  touch -- -rf "$(printf 'inv\\377alid')" "$(printf 'two\\nlines')" "$(printf 'ends\\n_')" "it's \\"odd\\" \\$(id) \\\\ ünï" '*'
  for byte in 001 011 040 041 057 134 177 200 201 202 210 230 377; do
    [ $byte = 057 ] || { touch "$(printf "n\\\\$byte.")" && touch "$(printf "n\\n\\\\$byte.")"; }
  done
  touch -- - 1 10 2 1e1 "$(printf '\nfirst')"
  touch "$(printf 'newest\\n.')" && mkdir "$(printf 'dir\\377')" && echo in >"$(printf 'dir\\377/in')"
  chmod 4751 docs/letter && chmod 1777 'a dir' && chown 1234:4321 sized
  touch -d '1999-12-31 23:59:59.123456789' sized && touch -h -d '2001-01-01 00:00:00.5' link
  mkdir closed && echo secret >closed/file && chmod 700 closed
  btrfs subvolume create inner && echo inside >inner/file`);
const name = await fleet.snapshot(data);
await fleet.replicateOne('full', data, name, '--to', 'b');

const KINDS: Readonly<Record<string, string>> = {
  ...{
    f: 'file',
    d: 'directory',
    l: 'link',
    p: 'fifo',
    c: 'character-device',
    s: 'socket',
    b: 'block-device',
  },
};

/** As find(1) of the server sees it: one text for each entry, sorted by its bytes. The subvolume inside is as old as the look. */
async function seenByFind(path: string): Promise<string[]> {
  const format = '%f\\0%y\\0%s\\0%m\\0%U\\0%G\\0%TY-%Tm-%TdT%TH:%TM:%TS\\0%l\\0';
  const script = `cd -- "$1" && TZ=UTC find . -mindepth 1 -maxdepth 1 -printf '${format}' | base64 -w0`;
  const said = Buffer.from(await lab.must('a', ['sh', '-c', script, 'sh', path]), 'base64').toString(
    'latin1',
  );
  const words = said.split('\0').slice(0, -1);
  const rows: string[] = [];
  for (let at = 0; at < words.length; at += 8) {
    if (words[at] === 'inner') continue;
    const [file, kind = '', size, mode = '', uid, gid, time, target] = words.slice(at, at + 8);
    const modified = `${time?.replace(/0$/, '')}Z`;
    rows.push([file, KINDS[kind], size, mode.padStart(4, '0'), uid, gid, modified, target].join('|'));
  }
  return rows.toSorted((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
}

const bytesOf = (text: string, bytes: string | null): string =>
  Buffer.from(bytes ?? text, bytes === null ? 'utf8' : 'hex').toString('latin1');

const told = ({
  path,
  pathBytes,
  type,
  sizeBytes,
  mode,
  owner,
  modifiedAt,
  target,
  targetBytes,
}: Row): string => {
  const whole = bytesOf(path, pathBytes);
  const file = whole.slice(whole.lastIndexOf('/') + 1);
  const leads = target === null ? '' : bytesOf(target, targetBytes);
  return [file, type, sizeBytes, mode, owner.uid, owner.gid, modifiedAt, leads].join('|');
};

const sorted = (rows: readonly string[]): string[] =>
  rows.toSorted((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));

for (const [where, more] of [
  ['the snapshot', []],
  ['its replica on a server with busybox', ['--server', 'b']],
] as const) {
  test(`${where} is told as find sees the snapshot`, async () => {
    const page = await browse(data, name, ...more);
    assert.deepEqual(
      sorted(page.files.filter(({ nested }) => !nested).map(told)),
      await seenByFind(`/srv/pool/.snapshots/data/${name}`),
    );
    assert.deepEqual(
      [page.self.type, page.next, page.notes, page.state],
      ['directory', null, [], 'complete'],
    );
    const docs = await browse(data, name, 'docs', ...more);
    assert.deepEqual(docs.files.map(told), await seenByFind(`/srv/pool/.snapshots/data/${name}/docs`));
    assert.deepEqual([docs.files[0]?.path, docs.files[0]?.owner.user], ['docs/letter', 'root']);
  });
}

test('page by page it is the same, whatever a name is', async () => {
  const whole = (await browse(data, name)).files.filter(({ nested }) => !nested).map(told);
  for (const more of [[], ['--server', 'b']]) {
    const rows: string[] = [];
    for (let after: readonly string[] = []; ; ) {
      const page = await browse(data, name, '--limit', '7', ...more, ...after);
      rows.push(...page.files.filter(({ nested }) => !nested).map(told));
      if (page.next === null) break;
      after = ['--bytes', '--after', page.nextBytes ?? Buffer.from(page.next).toString('hex')];
    }
    assert.deepEqual(rows, whole);
  }
});

test('a path is absolute as people see it, too, and a file is told alone', async () => {
  const page = await browse(data, name, `${data}/docs/letter`);
  assert.deepEqual([page.self.path, page.self.mode, page.files], ['docs/letter', '4751', []]);
  const { code, fault } = await fleet.fault('snapshot', 'browse', data, name, '/srv/pool/data2');
  assert.deepEqual([code, fault.code], [2, 'usage']);
});

test('names that are not UTF-8 are given and taken in hexadecimal', async () => {
  const page = await browse(data, name);
  const odd = page.files.find((row) => bytesOf(row.path, row.pathBytes) === 'dir\xff');
  assert.equal(odd?.name, 'dir\ufffd');
  const inside = await browse(data, name, '--bytes', odd?.pathBytes ?? '');
  assert.deepEqual(
    inside.files.map((row) => bytesOf(row.path, row.pathBytes)),
    ['dir\xff/in'],
  );
  const lines = await browse(data, name, 'two\nlines');
  assert.equal(lines.self.path, 'two\nlines');
  const dash = await fleet.run(['snapshot', 'browse', '--json', '--', data, name, '-rf']);
  assert.equal((JSON.parse(dash.stdout) as Page).self.path, '-rf');
});

for (const at of [name, 'live']) {
  test(`no link is followed in ${at === 'live' ? 'the subvolume' : 'a snapshot'}`, async () => {
    const itself = await browse(data, at, 'outdir');
    assert.deepEqual([itself.self.type, itself.self.target, itself.files], ['link', '/etc', []]);
    for (const path of ['outdir/passwd', 'outdir/.', 'link/x']) {
      const { code, fault } = await fleet.fault(
        'snapshot',
        'browse',
        data,
        at,
        path === 'outdir/.' ? 'outdir/passwd' : path,
      );
      assert.deepEqual([code, fault.code], [1, 'unsafe-path']);
    }
  });
}

test('a link on the way to the snapshots leads nowhere', async () => {
  const other = '/srv/pool/moved';
  await on(`btrfs subvolume create ${other} && echo one >${other}/file`);
  const one = await fleet.snapshot(other);
  await on(`cd /srv/pool/.snapshots && mv moved moved.away && mkdir /tmp/trap && ln -s /tmp/trap moved
    mkdir -p /tmp/trap/${one} && echo trap >/tmp/trap/${one}/trap`);
  const away = await browse(other, one);
  assert.deepEqual(
    [away.root, away.files.map((row) => row.name)],
    [`/srv/pool/.snapshots/moved.away/${one}`, ['file']],
  );
  await on('cd /srv/pool/.snapshots && rm moved && mv moved.away moved');
});

test('a subvolume inside is marked, and not taken for an empty directory', async () => {
  for (const at of [name, 'live']) {
    const page = await browse(data, at);
    assert.deepEqual(
      page.files.filter(({ nested }) => nested).map((row) => row.name),
      ['inner'],
    );
    const { code, fault } = await fleet.fault('snapshot', 'browse', data, at, 'inner');
    assert.deepEqual([code, fault.code], [3, 'nested-subvolumes']);
  }
});

test('what is not there, and what is no directory', async () => {
  for (const path of ['nothing', 'docs/nothing/x', 'docs/letter/x']) {
    const { code, fault } = await fleet.fault('snapshot', 'browse', data, name, path);
    assert.deepEqual([code, fault.code], [1, 'no-such-file']);
  }
  const gone = await fleet.fault('snapshot', 'browse', data, '2020-01-01T00:00:00.000Z');
  assert.equal(gone.fault.code, 'no-such-snapshot');
  const elsewhere = await fleet.fault('snapshot', 'browse', data, 'live', '--server', 'b');
  assert.equal(elsewhere.fault.code, 'usage');
});

test('a replica that was made writable is shown, and said to be', async () => {
  const root = (await browse(data, name, '--server', 'b')).root;
  await lab.must('b', ['btrfs', 'property', 'set', '-f', root, 'ro', 'false']);
  const page = await browse(data, name, 'docs', '--server', 'b');
  assert.deepEqual(
    page.notes.map(({ code }) => code),
    ['replica-modified'],
  );
  assert.deepEqual(
    page.files.map((row) => row.name),
    ['letter'],
  );
  await lab.must('b', ['btrfs', 'subvolume', 'delete', root]);
  await fleet.replicateOne('full', data, name, '--to', 'b');
});

test('100,000 entries, page by page, are all there once', async () => {
  const many = '/srv/pool/many';
  await on(`btrfs subvolume create ${many} && cd ${many} && seq -f 'file-%g' 100000 | xargs touch`);
  const at = await fleet.snapshot(many);
  const names: string[] = [];
  for (let after = ''; ; ) {
    const page = await browse(many, at, '--limit', '10000', '--after', after);
    assert.ok(page.files.length <= 10_000);
    names.push(...page.files.map((row) => row.name));
    if (page.next === null) break;
    after = page.next;
  }
  const want = Array.from({ length: 100_000 }, (_, index) => `file-${index + 1}`).toSorted();
  assert.deepEqual(
    names,
    want.map((one) => (one === 'file-100000' ? 'file-100000' : one)),
  );
  const first = await browse(many, at, '--limit', '3');
  assert.deepEqual([first.files.map((row) => row.name), first.next], [want.slice(0, 3), want[2]]);
  const exact = await browse(data, name, 'docs', '--limit', '1');
  assert.equal(exact.next, null, 'a page that holds all is the last one');
});

for (const user of ['fleet', 'dash']) {
  test(`${user} with sudo: what it may not read is said, and never empty`, async () => {
    await fleet.ok(serverAdd(user, lab.server('a'), ['--user', user, '--key', lab.keyFile, '--trust-first']));
    await fleet.ok(['server', 'promote', user]);
    const page = await browse(data, name);
    assert.deepEqual(
      sorted(page.files.filter(({ nested }) => !nested).map(told)),
      await seenByFind(`/srv/pool/.snapshots/data/${name}`),
    );
    for (const path of ['closed', 'closed/file']) {
      const { code, fault } = await fleet.fault('snapshot', 'browse', data, name, path);
      assert.deepEqual([code, fault.code], [1, 'not-readable']);
    }
  });
}
