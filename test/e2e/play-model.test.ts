/**
 * The model of btrfs against the real one: the same random lines of shell run on both, and what `btrfs subvolume list` and
 * `show` say, the exit codes, and every file must agree, ids aside. BTRFLEET_WALK_SEED tries other histories.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PlayGround } from '../../scripts/ground/play-ground.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { seeded } from '../../src/play/story/random.ts';

/** The same each time: what another one finds is to be mended when somebody looks for it. */
const SEED = Number(process.env['BTRFLEET_WALK_SEED'] ?? 900_150);
const HISTORIES = 4;
const STEPS = 20;

const lab = await Lab.up({ name: `e2e-play-model-${process.pid}`, servers: 1, size: '1G' });
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

const real = side(async (line) => (await lab.exec('a', line)).stdout);
const model = side((line) => ground.must('a', line));

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
    for (const line of done)
      assert.equal(await model(`${line} >/dev/null`), await real(`${line} >/dev/null`));
    const agree = async (line: string) => {
      const [said, wanted] = [await model(line), await real(line)];
      assert.equal(said, wanted, `seed ${SEED + history}: ${line}\nafter\n${done.join('\n')}`);
    };
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
    }
    for (const path of PATHS) {
      await agree(SHOW(`${at}/${path}`));
    }
  });
}
