/**
 * The model of btrfs against the real one: the same random lines of shell run on both, and what `btrfs subvolume list` and
 * `show` say, which transaction is older than which, the exit codes, and every file must agree, ids aside. BTRFLEET_WALK_SEED tries other histories.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PlayGround } from '../../../scripts/ground/play-ground.ts';
import { Lab } from '../../../scripts/lab/lab.ts';
import { seeded } from '../../../src/play/story/random.ts';

/** The same each time: what another one finds is to be mended when somebody looks for it. */
const SEED = Number(process.env['BTRFLEET_WALK_SEED'] ?? 900_150);
const HISTORIES = 4;
const STEPS = 20;

const lab = await Lab.up({ name: `e2e-play-model-${process.pid}`, servers: 1, size: '1G' });
// Who reads a file of a writable snapshot changes the snapshot, else.
await lab.must('a', ['mount', '-o', 'remount,noatime', '/srv/pool']);
const ground = await PlayGround.up(['a']);
after(async () => {
  await ground.down();
  await lab.down();
});

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Ids of subvolumes and numbers of transactions are each one's own, and no two moments are the same. */
const OWN =
  /(?<=^)ID \d+ gen \d+ |parent \d+ top level \d+ |^\s*(?:.* ID|Generation|Gen at creation|Creation time|(?:Send|Receive) (?:time|transid)):.*\n/gm;

/** One side: runs a line, and calls its uuids by the order in which they were seen. */
function side(run: (line: string) => Promise<string>) {
  const names = new Map<string, string>();
  return async (line: string): Promise<string> => {
    const text = await run(`${line}\necho "exit $?"`);
    return text.replace(OWN, '').replace(UUID, (uuid) => {
      names.set(uuid, names.get(uuid) ?? `uuid-${names.size + 1}`);
      return names.get(uuid) ?? '';
    });
  };
}

const onLab = async (line: string) => (await lab.exec('a', line)).stdout;
const onPlay = (line: string) => ground.must('a', line);
const real = side(onLab);
const model = side(onPlay);

/** The transactions of each subvolume below a place, with the beginning of its stream. */
const TRANSACTIONS = (at: string) => `btrfs filesystem sync ${at} >/dev/null
btrfs subvolume list -cu ${at} | while read -r _ _ _ gen _ cgen _ _ _ _ _ _ path; do
  case $path in ${at.slice('/srv/pool/'.length)}/*) ;; *) continue ;; esac
  received=$(btrfs subvolume show -- "/srv/pool/$path" | grep 'Receive transid' | tr -dc 0-9)
  stream=$(btrfs send -q --no-data -- "/srv/pool/$path" 2>/dev/null | head -c 400 | od -An -v -tx1 | tr -d ' \n')
  echo "$path $gen $cgen \${received:-0} \${stream:-none}"
done`;

/** The transaction of the last change, from the first command of a stream: after path and uuid. */
function changedIn(stream: string): number | null {
  const bytes = Buffer.from(stream, 'hex');
  const path = 27;
  const uuid = path + 4 + bytes.readUInt16LE(path + 2);
  const at = uuid + 4 + bytes.readUInt16LE(uuid + 2) + 4;
  return bytes.length < at + 8 ? null : Number(bytes.readBigUInt64LE(at));
}

/**
 * Numbers of transactions are each side's own: only which is older, and which has moved since the last look, can agree.
 * Of what was received or written the kernel chooses when it reaches the disk: the model takes the latest moment for the
 * one, and the same transaction for the other.
 */
class Transactions {
  #last = new Map<string, readonly number[]>();

  told(text: string): string {
    const seen = new Map<string, readonly number[]>();
    const lines = text
      .split('\n')
      .filter((line) => /^\S+ \d+ \d+ /.test(line))
      .map((line) => {
        const [path = '', gen, cgen, received, stream = ''] = line.split(' ');
        const changed = stream === 'none' ? null : changedIn(stream);
        const numbers = [Number(gen), Number(cgen), Number(received), changed ?? 0];
        const before = this.#last.get(path);
        seen.set(path, numbers);
        const moved = numbers.map((one, index) => (one === before?.[index] ? '' : NAMES[index]));
        const order = NAMES.map((name, index) => ({ name, number: numbers[index] ?? 0 }))
          .toSorted((a, b) => a.number - b.number || a.name.localeCompare(b.name))
          .map(({ name, number }, index, all) => `${number === all[index - 1]?.number ? '=' : '<'}${name}`);
        const isWritten = (changed ?? 0) > Number(cgen);
        const about = isWritten ? 'written' : order.join('');
        return `${path} ${received === '0' ? about : 'received'} moved: ${moved.join(' ')}`;
      });
    this.#last = seen;
    return lines.sort().join('\n');
  }
}

const NAMES = ['gen', 'cgen', 'received', 'changed'];

const LIST = (at: string) => `btrfs subvolume list -puqR --sort=rootid -- ${at}`;
/** In no order: btrfs names the snapshots as its trees have them. */
const SHOW = (path: string) => `btrfs subvolume show -- ${path} 2>/dev/null | sort`;
const FILES = (at: string) =>
  `cd ${at} && find . -mindepth 1 -printf '%p %y %m %U:%G\\n' | sort && find . -type f -print0 | sort -z | xargs -0 -r sha256sum`;

const PATHS = ['data', 'data', 'data/nested', 'snaps/s1', 'snaps/s1', 'snaps/s2', 'back/s1', 'back/s2'];

function stepOf(random: () => number, at: string): string {
  const pick = (): string => `${at}/${PATHS[Math.floor(random() * PATHS.length)]}`;
  const number = 1 + Math.floor(random() * 3);
  const [one, other] = [pick(), pick()];
  const steps = [
    () => `btrfs subvolume create ${one}`,
    () => `btrfs subvolume snapshot -r -- ${one} ${at}/snaps/s${number}`,
    () => `btrfs subvolume snapshot -- ${one} ${other}`,
    () => `btrfs subvolume delete -- ${one}`,
    () => `mkdir -p ${one}/d${number} && seq ${number} ${number + 3000} >${one}/d${number}/f`,
    () => `echo ${number} >>${one}/log`,
    () => `rm -r -- ${one}/d${number}`,
    () => `btrfs property set -f -ts ${one} ro ${number % 2 === 0}`,
    () => `btrfs property set -ts ${one} ro ${number % 2 === 0}`,
    () => `mv -- ${one} ${other}`,
    () => `btrfs send -q -- ${one} 2>${at}/said | btrfs receive -q -- ${at}/back; rm -f ${at}/said`,
    () =>
      `btrfs send -q -p ${one} -- ${other} 2>${at}/said | btrfs receive -q -- ${at}/back; rm -f ${at}/said`,
    () => `rmdir -- ${one}`,
  ];
  return steps[Math.floor(random() * steps.length)]?.() ?? 'true';
}

for (let history = 0; history < HISTORIES; history++) {
  test(`a history of the model is one of btrfs (${history})`, async () => {
    const random = seeded(SEED + history);
    const at = `/srv/pool/h${history}`;
    const done = [
      `mkdir -p ${at}/snaps ${at}/back`,
      `btrfs subvolume create ${at}/data`,
      `seq 1 20000 >${at}/data/f`,
      `btrfs subvolume snapshot -r -- ${at}/data ${at}/snaps/s1`,
      `echo more >>${at}/data/f`,
    ];
    // Each in a transaction of its own, as what waits joins the next one.
    for (const line of done.map((one) => `${one} >/dev/null; btrfs filesystem sync /srv/pool`))
      assert.equal(await model(line), await real(line));
    const agree = async (line: string) => {
      const [said, wanted] = [await model(line), await real(line)];
      assert.equal(said, wanted, `seed ${SEED + history}: ${line}\nafter\n${done.join('\n')}`);
    };
    const [ours, theirs] = [new Transactions(), new Transactions()];
    for (let step = 0; step < STEPS; step++) {
      const line = stepOf(random, at);
      // Each has texts of its own for what cannot be done; that it cannot is the same.
      const [said, code] = (await model(`{ ${line}; } 2>&1`)).split(/(exit \d+\n)$/);
      if (said?.includes('play: ')) continue;
      assert.equal(
        code,
        await real(`{ ${line}; } >/dev/null 2>&1`),
        `seed ${SEED + history}: ${line}\nafter\n${done.join('\n')}\n${said}`,
      );
      done.push(line);
      await agree(LIST('/srv/pool'));
      await agree(FILES(at));
      const line2 = TRANSACTIONS(at);
      assert.equal(
        ours.told(await onPlay(line2)),
        theirs.told(await onLab(line2)),
        `seed ${SEED + history}: transactions after\n${done.join('\n')}`,
      );
    }
    for (const path of PATHS) {
      await agree(SHOW(`${at}/${path}`));
    }
  });
}
