/**
 * A random walk on real btrfs: whatever people, other tools and btrfs itself do to either side, what btrfleet calls "ok"
 * or "already there" has the content of its source, as find, stat and sha256sum tell. BTRFLEET_WALK_SECONDS makes it
 * longer, BTRFLEET_WALK_SEED another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../src/play/story/random.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { sendRaw, tamper } from '../fleet/raw-flags.ts';

const SECONDS = Number(process.env['BTRFLEET_WALK_SECONDS'] ?? 8);
const SEED = Number(process.env['BTRFLEET_WALK_SEED'] ?? 155_492);

const fleet = await TestFleet.up('identity-walk', { servers: 2 });
const { lab } = fleet;
const data = '/srv/pool/data';
const directory = '/srv/pool/.snapshots/data';

const chance = seeded(SEED);
/** From 0 to below `limit`. */
const random = (limit: number): number => Math.floor(chance() * limit);

const shell = (server: string, script: string, ...words: readonly string[]) =>
  lab.exec(server, ['sh', '-c', script, 'sh', ...words]);
const namesOn = async (server: string): Promise<string[]> =>
  (await shell(server, `ls "${directory}" 2>/dev/null`)).stdout
    .split('\n')
    .filter((name) => name.startsWith('2'));

const done: string[] = [];
let verdicts = 0;

async function replicate(): Promise<void> {
  const { results } = await fleet.replicate('auto', data, '--to', 'b');
  for (const { status, mode, snapshot, base, fault } of results) {
    done.push(`  ${status} ${mode} ${snapshot} on ${base}: ${fault?.code ?? ''}`);
    if (status !== 'ok' && status !== 'already-there') continue;
    verdicts += 1;
    const path = `${directory}/${snapshot}`;
    const [here, there] = await Promise.all(['a', 'b'].map((server) => fleet.fingerprint(server, path)));
    assert.equal(there, here, `seed ${SEED}:\n${done.join('\n')}`);
  }
}

const CHANGES = [
  'echo "$RANDOM" >>file',
  'chmod 600 data.bin',
  'rm -f file',
  'mv file other',
  'truncate -s 1000 data.bin',
];

const STEPS: Readonly<Record<string, (server: string, path: string) => Promise<unknown>>> = {
  replicate,
  snapshot: async () => {
    await shell('a', `cd ${data} && date +%N >>file; ${CHANGES[random(CHANGES.length)]}`);
    await fleet.snapshot(data);
    await replicate();
  },
  tamper: (server, path) => tamper(lab, server, path, `{ ${CHANGES[random(CHANGES.length)]}; true; }`),
  'tamper and clone': async (server, path) => {
    await tamper(lab, server, path, 'date +%N >file');
    await shell(server, 'btrfs subvolume snapshot -r "$1" "$2"', path, `/srv/pool/copy-${done.length}`);
  },
  'set -f': (server, path) => shell(server, 'btrfs property set -f -t subvol "$1" ro false', path),
  clone: (server, path) =>
    shell(server, 'btrfs subvolume snapshot "$1" "$2"', path, `/srv/pool/clone-${done.length}`),
  'delete clones': (server) => shell(server, 'btrfs subvolume delete /srv/pool/clone-* /srv/pool/copy-*'),
  delete: (server, path) => shell(server, 'btrfs subvolume delete "$1"', path),
  balance: (server) => shell(server, 'btrfs balance start -m /srv/pool'),
  twin: async () => {
    const names = await namesOn('a');
    await sendRaw(lab, `${directory}/${names[random(names.length)]}`, `/srv/pool/twin-${done.length}`);
  },
  sync: (server) => shell(server, 'sync'),
};

test(`nothing wrong is ever called right (seed ${SEED})`, async () => {
  await fleet.subvolume(data, 1);
  await STEPS['snapshot']?.('a', '');
  const until = Date.now() + SECONDS * 1000;
  const kinds = Object.keys(STEPS);
  for (let steps = 0; Date.now() < until || steps < 6; steps += 1) {
    const kind = random(3) > 0 ? (kinds[random(kinds.length)] ?? '') : 'snapshot';
    const server = random(2) === 0 ? 'a' : 'b';
    const names = await namesOn(server);
    const name = names[Math.max(0, names.length - 1 - random(3))];
    if (name === undefined) continue;
    done.push(`${kind} ${server} ${name}`);
    await STEPS[kind]?.(server, `${directory}/${name}`);
  }
  await STEPS['snapshot']?.('a', '');
  assert.ok(verdicts > 0, `nothing was ever called right:\n${done.join('\n')}`);
});
