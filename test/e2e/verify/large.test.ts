/** Files that take longer than there is time are ended with whoever asked, and gone on with; none holds up the others. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sudoersLines, verifySudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { DIGEST_RIGHTS } from '../../../src/core/btrfs/verify/digest-script.ts';
import type { VerifyResult } from '../../../src/core/model/runs/verify.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { Verifier } from '../fleet/verified.ts';

const SERVERS = ['a', 'b', 'c'];
const fleet = await TestFleet.up('verify-large', { servers: 3, profile: { c: 'busybox' }, enrol: false });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

const lines = [...sudoersLines('fleet'), ...verifySudoersLines('fleet', DIGEST_RIGHTS)];
lab.setSudoers('b', `${lines.join('\n')}\n`);
for (const server of ['a', 'c']) await fleet.enrol(server, ['--user', 'root', '--key', lab.keyFile]);
await fleet.enrol('b', ['--user', 'fleet', '--key', lab.keyFile]);

const data = await fleet.subvolume('/srv/pool/data');
await on('a', `cd ${data} && truncate -s 300G disk.img && for i in $(seq 20); do echo $i >$i; done`);
await fleet.snapshot(data);
await fleet.replicate('auto', data, '--to', 'b,c');

/** What hashes, or reads for it, or waits beside it. */
const atWork = (server: string): string[] =>
  lab
    .leftovers(server)
    .map(({ argv }) => argv.join(' '))
    .filter((line) => /sha256sum|disk\.img|xargs|^sleep|btrfleet-digest/.test(line));

const isHashing = (server: string): boolean => atWork(server).some((line) => /(^|\/)sha256sum$/.test(line));

const assertQuiet = (): Promise<void> =>
  eventually(() => {
    for (const server of SERVERS) assert.deepEqual(atWork(server), [], server);
  }, 15);

const CONTENT = ['verify', data, '--level', 'content'];

test('when the time is over nothing goes on on any server, as root, by sudo and with busybox', async () => {
  const { results } = await verifier.verify(data, '--level', 'content', '--budget', '20s');
  for (const one of results) {
    assert.deepEqual([one.status, one.fault?.code], ['unfinished', 'stalled'], JSON.stringify(one));
    // What is small was compared before: the large one is last.
    assert.deepEqual([one.compared.files, one.compared.filesOf], [21, 22]);
    assert.equal(one.maybeFromMemory, one.server === 'c');
  }
  assert.deepEqual(results.map(({ server }) => server).toSorted(), ['b', 'c']);
  await assertQuiet();
});

for (const [title, signal] of [
  ['cancelled', 'SIGINT'],
  ['killed', 'SIGKILL'],
] as const) {
  test(`when btrfleet is ${title} nothing goes on on any server`, async () => {
    const { child, ended } = fleet.start([...CONTENT, '--json']);
    await eventually(() => {
      for (const server of SERVERS) assert.ok(isHashing(server), server);
    }, 60);
    child.kill(signal);
    const { stdout } = await ended;
    await assertQuiet();
    if (signal === 'SIGKILL') return;
    // What was compared by then is told.
    const results = JSON.parse(stdout) as VerifyResult[];
    for (const one of results)
      assert.deepEqual([one.status, one.fault?.code, one.compared.files], ['unfinished', 'cancelled', 21]);
  });
}

test('when a line is cut without a word, the server notices by itself', async () => {
  const { child, ended } = fleet.start(['verify', data, '--to', 'b', '--level', 'content', '--json']);
  await eventually(() => assert.ok(isHashing('b')), 60);
  await lab.cut('b');
  await ended;
  assert.equal(child.exitCode, 1);
  await lab.heal('b');
  await assertQuiet();
});

interface Part {
  readonly part: number;
  readonly at: string | null;
  readonly reached_offset: number | null;
}

function partsOf(share: number): Part[] {
  const journal = new DatabaseSync(join(fleet.home, 'state/journal.db'), { timeout: 5000, readOnly: true });
  const rows = journal
    .prepare("SELECT part, at, reached_offset FROM verified_parts WHERE server = 'c' AND share = ?")
    .all(share);
  journal.close();
  return rows as unknown as Part[];
}

test('a part that was cut off goes on where it was, and the others have their turn', async () => {
  const offsets: number[] = [];
  // Both parts, and the large one twice: each round another part.
  for (let round = 0; round < 8 && offsets.length < 2; round++) {
    await verifier.verify(data, '--to', 'c', '--level', 'content', '--share', '1/2', '--budget', '15s');
    const offset = partsOf(2).find((one) => one.reached_offset !== null)?.reached_offset ?? 0;
    if (offset > (offsets.at(-1) ?? 0)) offsets.push(offset);
  }
  assert.equal(offsets.length, 2, `it was gone on with: ${offsets}`);
  assert.deepEqual(
    partsOf(2).map(({ at }) => at === null),
    partsOf(2).map((one) => one.reached_offset !== null),
    'the other part came to its end',
  );
  assert.equal(partsOf(2).length, 2);
  await assertQuiet();
});
