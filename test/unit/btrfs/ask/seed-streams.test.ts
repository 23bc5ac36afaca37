/** A stream becomes parts and the stream again, on whatever userland; what is cut off is never taken for whole. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  seedFeedCommand,
  seedHeadCommand,
  seedPourCommand,
} from '../../../../src/core/btrfs/ask/seed-read.ts';
import { SEED_ENDS, seedEndIn } from '../../../../src/core/btrfs/ask/seed-shell.ts';
import {
  seedFileCommand,
  seedKeepCommand,
  seedWriteCommand,
} from '../../../../src/core/btrfs/ask/seed-write.ts';
import {
  parseSeedLook,
  parseSeedWord,
  seedCheckCommand,
  seedLookCommand,
} from '../../../../src/core/btrfs/looks/seed.ts';
import { asRoot, asUser, type Command } from '../../../../src/core/model/command.ts';
import { digestOfParts } from '../../../../src/core/state/seed/manifest.ts';

const MIB = 1024 * 1024;
/** As the manifest stands while an export is at work. */
const BEGUN = '{"begun":"it\\047s"}\n';
const home = mkdtempSync(join(tmpdir(), 'btrfleet-seed-'));
after(() => rmSync(home, { recursive: true, force: true }));

const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
const applets = join(home, 'busybox');
mkdirSync(applets);
const APPLETS = [
  'sh',
  'dd',
  'sha256sum',
  'cat',
  'ls',
  'sync',
  'stat',
  'head',
  'od',
  'mv',
  'rm',
  'mkdir',
  'sleep',
  'id',
  'tee',
  'tail',
  'df',
];
if (busybox !== '') for (const applet of APPLETS) symlinkSync(busybox, join(applets, applet));
const NOTHING = { compress: null, encrypt: null, recipient: null, identity: null } as const;

for (const [userland, path, skip] of [
  ['this machine', process.env['PATH'] ?? '', false],
  ['busybox', applets, busybox === '' && 'no busybox here'],
] as const) {
  const run = ({ argv: [program, ...args] }: Command, input: Uint8Array = new Uint8Array()) => {
    const shell = userland === 'busybox' ? join(applets, 'sh') : program;
    const { status, stdout, stderr } = spawnSync(shell, args, {
      env: { PATH: path },
      input,
      maxBuffer: 64 * MIB,
    });
    return { status, stdout, text: stdout.toString(), stderr: stderr.toString() };
  };
  let number = 0;
  const keep = (directory: string, anew = false, was = BEGUN): Command =>
    seedKeepCommand({ directory, splitBytes: MIB, anew, was, manifest: BEGUN });
  const fresh = (): string => {
    number += 1;
    const directory = join(home, `${userland} ${number}\n'x'`);
    mkdirSync(directory, { mode: 0o700 });
    assert.match(run(keep(directory, false, '')).text, /^kept 0$/m);
    return directory;
  };
  const write = (directory: string, send: string | null = null): Command =>
    seedWriteCommand({
      ...NOTHING,
      ...{ directory, splitBytes: MIB },
      send: send === null ? null : { command: asRoot('sh', '-c', send), sudo: [] },
    });
  const look = (directory: string, make = false) => seedLookCommand(directory, NOTHING, make);
  const file = (directory: string, text: string) =>
    seedFileCommand(directory, 'manifest.json', Buffer.byteLength(text), BEGUN);
  const parts = (directory: string) => readdirSync(directory).filter((name) => /^seed\.\d/.test(name));
  const reading = (directory: string) => ({
    ...{ ...NOTHING, directory, parts: parts(directory).length },
    digest: digestOfParts(
      parts(directory)
        .toSorted()
        .map((name) => {
          const content = readFileSync(join(directory, name));
          return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
        }),
    ),
  });

  for (const bytes of [1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 70_001])
    test(`${bytes} bytes go in and come out: ${userland}`, { skip }, () => {
      const stream = randomBytes(bytes);
      const directory = fresh();
      const written = run(write(directory), stream);
      assert.deepEqual([written.status, written.stderr], [0, '']);
      assert.equal(parts(directory).length, Math.ceil(bytes / MIB));
      const poured = run(seedPourCommand(reading(directory)));
      assert.deepEqual([poured.status, poured.stdout.equals(stream)], [0, true]);
      const look = parseSeedLook(run(seedLookCommand(directory, NOTHING, false)).text);
      const words = run(seedCheckCommand(directory, parts(directory).length))
        .text.split('\n')
        .map(parseSeedWord);
      for (const [index, name] of parts(directory).entries()) {
        const content = readFileSync(join(directory, name));
        const sha256 = createHash('sha256').update(content).digest('hex');
        assert.deepEqual([look.sums.get(name), look.files.get(name)], [sha256, content.length]);
        const found = { kind: 'part', number: index + 1, found: { bytes: content.length, sha256 } };
        assert.ok(words.some((word) => JSON.stringify(word) === JSON.stringify(found)));
      }
      assert.ok((look.freeBytes ?? 0) > 0);
      const head = run(seedHeadCommand(reading(directory)));
      const digits = head.text.replaceAll(/\s/g, '');
      assert.deepEqual([head.status, digits], [0, stream.subarray(0, 4096).toString('hex')]);
    });

  test(`run again after a break: whole parts stay, others and the last short one are made anew: ${userland}`, {
    skip,
  }, () => {
    const stream = randomBytes(4 * MIB + 5);
    const directory = fresh();
    assert.equal(run(write(directory), stream.subarray(0, 2 * MIB + 17)).status, 0);
    assert.match(run(keep(directory)).text, /^kept 2$/m);
    assert.deepEqual(parts(directory), ['seed.0001', 'seed.0002']);
    assert.equal(run(write(directory), stream).status, 0);
    assert.ok(run(seedPourCommand(reading(directory))).stdout.equals(stream));
    const spoilt = readFileSync(join(directory, 'seed.0002'));
    spoilt[7] = (spoilt[7] ?? 0) ^ 1;
    writeFileSync(join(directory, 'seed.0002'), spoilt);
    assert.match(run(keep(directory)).text, /^kept 1$/m);
    assert.match(run(keep(directory, true)).text, /^kept 0$/m);
    assert.deepEqual(parts(directory), []);
  });

  test(`another stream than the parts are of is no seed: ${userland}`, { skip }, () => {
    const directory = fresh();
    assert.equal(run(write(directory), randomBytes(2 * MIB)).status, 0);
    const other = run(write(directory), randomBytes(3 * MIB));
    assert.equal(other.status, SEED_ENDS.different);
    assert.equal(seedEndIn(other.stderr), SEED_ENDS.different);
  });

  test(`a send that fails, or a stage that does, is never a whole seed: ${userland}`, { skip }, () => {
    const directory = fresh();
    const broken = run(write(directory, 'head -c 3000000 /dev/zero; echo gone >&2; exit 3'));
    assert.equal(broken.status, SEED_ENDS.notWhole);
    assert.match(broken.stderr, /gone/);
    const whole = fresh();
    assert.equal(run(write(whole, 'head -c 3000000 /dev/zero')).status, 0);
    const missing = run(seedPourCommand({ ...reading(whole), parts: 4 }));
    assert.equal(missing.status, SEED_ENDS.notWhole);
    const receive = (script: string) => run(seedFeedCommand(reading(whole), asUser('sh', '-c', script)));
    assert.equal(receive('cat >/dev/null').status, 0);
    assert.equal(receive('exit 7').status, 7, 'the receive knows best');
  });

  test(`what the disk did not take is no part: ${userland}`, { skip: skip || userland === 'busybox' }, () => {
    const directory = fresh();
    const bin = mkdtempSync(join(home, 'bin-'));
    const text =
      '#!/bin/sh\ncase $1 in seed.part) echo "sync: error syncing: Input/output error" >&2; exit 1 ;; esac\n';
    writeFileSync(join(bin, 'sync'), text, { mode: 0o755 });
    const [program, ...args] = write(directory).argv;
    const { status } = spawnSync(program, args, { env: { PATH: `${bin}:${path}` }, input: randomBytes(MIB) });
    assert.equal(status, SEED_ENDS.notWritten);
    assert.equal(readFileSync(join(directory, 'SHA256SUMS'), 'utf8'), '');
  });

  test(`a disk that is not there becomes no directory on the one below it: ${userland}`, {
    skip: skip || userland === 'busybox',
  }, () => {
    const bin = mkdtempSync(join(home, 'bin-'));
    const text =
      '#!/bin/sh\necho "Filesystem blocks Used Available Capacity Mounted on"\necho "/dev/x 1 1 1 1% /"\n';
    writeFileSync(join(bin, 'df'), text, { mode: 0o755 });
    const directory = join(home, 'unmounted');
    const [program, ...args] = look(directory, true).argv;
    const { status } = spawnSync(program, args, { env: { PATH: `${bin}:${path}` } });
    assert.deepEqual([status, existsSync(directory)], [SEED_ENDS.noDirectory, false]);
  });

  test(`the last room of a disk is left free: ${userland}`, { skip: skip || userland === 'busybox' }, () => {
    const bin = mkdtempSync(join(home, 'bin-'));
    writeFileSync(join(bin, 'stat'), '#!/bin/sh\necho 9 1000 4096\n', { mode: 0o755 });
    const directory = fresh();
    const [program, ...args] = write(directory).argv;
    const env = { PATH: `${bin}:${path}` };
    const { status } = spawnSync(program, args, { env, input: randomBytes(3 * MIB) });
    assert.deepEqual([status, parts(directory)], [SEED_ENDS.nearlyFull, []]);
  });

  test(`links are no parts, and what is not ours is seen: ${userland}`, { skip }, () => {
    const directory = fresh();
    assert.equal(run(write(directory), randomBytes(2 * MIB)).status, 0);
    rmSync(join(directory, 'seed.0002'));
    symlinkSync(join(directory, 'seed.0001'), join(directory, 'seed.0002'));
    assert.deepEqual(
      parseSeedWord(run(seedCheckCommand(directory, 2)).text.trim().split('\n').at(-1) ?? ''),
      {
        ...{ kind: 'part', number: 2, found: null },
      },
    );
    const isForeign = () => parseSeedLook(run(seedLookCommand(directory, NOTHING, false)).text);
    assert.deepEqual([isForeign().odd, isForeign().isForeign], [['seed.0002'], false]);
    writeFileSync(join(directory, ' a\nmanifest'), '');
    assert.equal(isForeign().isForeign, true);
    const gone = join(home, 'not', 'there');
    assert.equal(run(seedLookCommand(gone, NOTHING, true)).status, SEED_ENDS.noDirectory);
    assert.ok(!existsSync(gone));
  });

  test(`a send that breaks off while its parts are compared is cut off, and no other stream: ${userland}`, {
    skip,
  }, () => {
    const directory = fresh();
    const stream = randomBytes(4 * MIB + 5);
    assert.equal(run(write(directory), stream).status, 0);
    assert.match(run(keep(directory)).text, /^kept 4$/m);
    const file = join(home, `stream of ${userland}`);
    writeFileSync(file, stream);
    for (const bytes of [0, MIB + 500_000, 4 * MIB - 1]) {
      const broken = run(
        write(directory, `head -c ${bytes} '${file}'; echo 'ERROR: Input/output error' >&2; exit 1`),
      );
      assert.deepEqual([broken.status, seedEndIn(broken.stderr)], [SEED_ENDS.notWhole, SEED_ENDS.notWhole]);
      assert.match(broken.stderr, /ERROR: Input/);
      assert.match(run(keep(directory)).text, /^kept 4$/m);
    }
    const whole = run(write(directory, `cat '${file}'`));
    assert.equal(whole.status, 0);
    // Of each part that is compared, of the one that is written, and that it is read back.
    assert.deepEqual(whole.text.match(/^at \d+$/gm), ['at 1', 'at 1', 'at 1', 'at 1']);
    assert.ok(run(seedPourCommand(reading(directory))).stdout.equals(stream));
  });

  test(`it is told that a part is read back, however long that takes: ${userland}`, { skip }, () => {
    const words = run(write(fresh(), 'head -c 3145728 /dev/zero')).text.match(/^at \d+$/gm);
    assert.deepEqual(words, ['at 1', 'at 0', 'at 1', 'at 0', 'at 1', 'at 0']);
  });

  test(`a link in the place of a file is written over, and not followed: ${userland}`, { skip }, () => {
    const victim = join(home, `victim of ${userland}`);
    writeFileSync(victim, 'precious');
    const directory = fresh();
    symlinkSync(victim, join(directory, 'seed.part'));
    assert.equal(run(write(directory), randomBytes(100)).status, 0);
    assert.equal(lstatSync(join(directory, 'seed.0001')).size, 100);
    symlinkSync(victim, join(directory, 'SHA256SUMS.new'));
    assert.notEqual(run(keep(directory)).status, 0);
    rmSync(join(directory, 'SHA256SUMS.new'));
    symlinkSync(victim, join(directory, 'manifest.json.new'));
    assert.notEqual(run(file(directory, 'x'), Buffer.from('x')).status, 0);
    rmSync(join(directory, 'SHA256SUMS'));
    symlinkSync(victim, join(directory, 'SHA256SUMS'));
    assert.equal(run(write(directory), randomBytes(100)).status, SEED_ENDS.notWritten);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  });

  test(`where others may write, nothing is written: ${userland}`, { skip }, () => {
    const directory = fresh();
    for (const mode of [0o770, 0o1777]) {
      chmodSync(directory, mode);
      assert.equal(parseSeedLook(run(look(directory)).text).isShared, true);
      for (const command of [keep(directory), write(directory), file(directory, 'x')])
        assert.equal(run(command, Buffer.from('x')).status, SEED_ENDS.shared);
    }
    assert.deepEqual(readdirSync(directory).toSorted(), ['SHA256SUMS', 'manifest.json']);
  });

  test(`what came into the directory since it was looked at stays: ${userland}`, { skip }, () => {
    const directory = join(home, `late ${userland}`);
    mkdirSync(directory, { mode: 0o700 });
    const there: Readonly<Record<string, string>> = { 'manifest.json': 'of another', 'seed.0001': 'x' };
    for (const [name, text] of Object.entries(there)) writeFileSync(join(directory, name), text);
    assert.equal(run(keep(directory, false, '')).status, SEED_ENDS.taken);
    assert.equal(run(keep(directory, true, 'of another\n')).status, SEED_ENDS.taken);
    assert.equal(run(file(directory, 'x'), Buffer.from('x')).status, SEED_ENDS.taken);
    writeFileSync(join(directory, 'holiday.jpg'), '');
    assert.equal(run(keep(directory, false, 'of another')).status, SEED_ENDS.taken);
    for (const [name, text] of Object.entries(there))
      assert.equal(readFileSync(join(directory, name), 'utf8'), text);
  });

  test(`a small file whose text does not arrive takes nothing's place: ${userland}`, { skip }, () => {
    const directory = fresh();
    const text = 'new\n'.repeat(30_000);
    for (const bytes of [0, 1, text.length - 1])
      assert.equal(
        run(file(directory, text), Buffer.from(text.slice(0, bytes))).status,
        SEED_ENDS.notWritten,
      );
    assert.equal(readFileSync(join(directory, 'manifest.json'), 'utf8'), BEGUN);
    assert.equal(run(file(directory, text), Buffer.from(text)).status, 0);
    assert.equal(readFileSync(join(directory, 'manifest.json'), 'utf8'), text);
  });

  test(`parts that are not what was checked never come to an end: ${userland}`, { skip }, () => {
    const directory = fresh();
    const stream = randomBytes(3 * MIB + 5);
    assert.equal(run(write(directory), stream).status, 0);
    const checked = reading(directory);
    for (const [name, at] of [
      ['seed.0001', 7],
      ['seed.0004', 4],
    ] as const) {
      const right = readFileSync(join(directory, name));
      const spoilt = Buffer.from(right);
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      writeFileSync(join(directory, name), spoilt);
      const poured = run(seedPourCommand(checked));
      assert.deepEqual([poured.status, poured.stdout.length < stream.length], [SEED_ENDS.notWhole, true]);
      assert.match(poured.stderr, /not those that were checked/);
      const fed = run(seedFeedCommand(checked, asUser('sh', '-c', 'cat >"$1"', 'sh', join(home, 'fed'))));
      assert.equal(fed.status, SEED_ENDS.notWhole);
      assert.ok(readFileSync(join(home, 'fed')).length < stream.length);
      writeFileSync(join(directory, name), right);
    }
    assert.equal(run(seedPourCommand(checked)).status, 0);
  });

  test(`whose fault it is that a seed is not received: ${userland}`, { skip }, () => {
    const directory = fresh();
    assert.equal(run(write(directory), randomBytes(3 * MIB)).status, 0);
    const checked = reading(directory);
    const receive = (script: string) => run(seedFeedCommand(checked, asUser('sh', '-c', script)));
    assert.equal(receive('exit 1').status, 1, 'it took nothing');
    assert.equal(receive('head -c 2000000 >/dev/null; exit 1').status, 1, 'it took some');
    rmSync(join(directory, 'seed.0003'));
    const gone = receive('cat >/dev/null; echo "ERROR: unexpected EOF in stream" >&2; exit 1');
    assert.equal(gone.status, SEED_ENDS.notWhole);
    assert.match(gone.stderr, /seed\.0003 cannot be read/);
  });

  test(`what a disk says is no word of btrfleet's own: ${userland}`, { skip }, () => {
    const directory = fresh();
    const sums = [
      String.raw`a b\nlacks\040zstd\nmanifest\n{"forged":1}`,
      String.raw`${'a'.repeat(64)} seed.0001\nlacks zstd`,
      `${'b'.repeat(64)}  seed.0002`,
    ];
    writeFileSync(join(directory, 'SHA256SUMS'), `${sums.join('\n')}\n`);
    const seen = parseSeedLook(run(look(directory)).text);
    assert.deepEqual([seen.lacks, seen.manifest], [[], BEGUN]);
    assert.deepEqual([...seen.sums], [['seed.0002', 'b'.repeat(64)]]);
  });
}
