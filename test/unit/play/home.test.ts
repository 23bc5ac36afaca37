/** Where a play keeps its state, and what becomes of it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Holder, holderCheck, holderOf } from '../../../src/core/state/home/holder.ts';
import { openPlayHome, type PlayHome, type PlayHomeSettings } from '../../../src/play/home/play-home.ts';

const site = { host: hostname(), proc: '/proc' };
const temporary = mkdtempSync(join(tmpdir(), 'btrfleet-home-'));
after(() => rmSync(temporary, { recursive: true, force: true }));

const ME = holderOf(process.pid, site);
/** No process has this number. */
const DEAD: Holder = { ...ME, pid: 2 ** 22 + 1, startTime: 1 };

const open = (more: Partial<PlayHomeSettings> = {}) =>
  openPlayHome({
    directory: null,
    temporary,
    keep: false,
    holder: ME,
    isAlive: holderCheck({ ...site, clock: { now: () => Date.now() } }),
    ...more,
  });

async function opened(more: Partial<PlayHomeSettings> = {}): Promise<PlayHome> {
  const home = await open(more);
  assert.ok(home.ok, home.ok ? '' : home.fault.message);
  return home.value;
}

async function refused(more: Partial<PlayHomeSettings>) {
  const home = await open(more);
  assert.ok(!home.ok);
  return home.fault;
}

/** As a play leaves it that was killed. */
function left(name: string, mark: { readonly holder: Holder; readonly keep: boolean }): string {
  const directory = join(temporary, `btrfleet-play-${name}`);
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'play.json'), JSON.stringify(mark));
  return directory;
}

test('it is a directory of its own, private, and gone when the play ends', async () => {
  const home = await opened();
  assert.match(home.directory, /\/btrfleet-play-\w+$/);
  await home.end();
  assert.equal(existsSync(home.directory), false);
});

test('with keep it stays, and no later start takes it away', async () => {
  const home = await opened({ keep: true, holder: DEAD });
  await home.end();
  await (await opened()).end();
  assert.ok(existsSync(home.directory));
});

test('what a killed one left is swept; that of one which lives is not', async () => {
  const [dead, alive] = [
    left('dead', { holder: DEAD, keep: false }),
    left('alive', { holder: ME, keep: false }),
  ];
  await (await opened()).end();
  assert.deepEqual([existsSync(dead), existsSync(alive)], [false, true]);
});

test('a link of such a name, and a directory without a mark, are left alone', async () => {
  const precious = mkdtempSync(join(temporary, 'precious-'));
  writeFileSync(join(precious, 'play.json'), JSON.stringify({ holder: DEAD, keep: false }));
  symlinkSync(precious, join(temporary, 'btrfleet-play-link'));
  mkdirSync(join(temporary, 'btrfleet-play-unmarked'));
  await (await opened()).end();
  assert.ok(existsSync(join(precious, 'play.json')));
  assert.ok(existsSync(join(temporary, 'btrfleet-play-unmarked')));
});

test('a second play on the same directory is refused, and the first stays as it is', async () => {
  const directory = join(temporary, 'mine');
  const first = await opened({ directory });
  const before = readFileSync(join(directory, 'play.json'), 'utf8');
  const fault = await refused({ directory });
  assert.equal(fault.code, 'locked');
  assert.match(fault.message, new RegExp(`process ${process.pid}`));
  assert.equal(readFileSync(join(directory, 'play.json'), 'utf8'), before);
  await first.end();
});

test('what a killed play left in a named directory is replaced', async () => {
  const directory = left('named', { holder: DEAD, keep: true });
  writeFileSync(join(directory, 'config.json'), 'old');
  const home = await opened({ directory });
  assert.deepEqual(readdirSync(directory), ['play.json']);
  await home.end();
});

test('a directory with anything else in it is refused and not touched', async () => {
  const directory = mkdtempSync(join(temporary, 'full-'));
  writeFileSync(join(directory, 'config.json'), '{}');
  assert.equal((await refused({ directory })).code, 'config-invalid');
  assert.deepEqual(readdirSync(directory), ['config.json']);
});

test('a directory that was there before stays, empty as it was', async () => {
  const directory = mkdtempSync(join(temporary, 'before-'));
  const home = await opened({ directory });
  await home.end();
  assert.deepEqual(readdirSync(directory), []);
});

test('by a link it is the directory itself that is used and emptied', async () => {
  const directory = mkdtempSync(join(temporary, 'behind-'));
  const link = join(temporary, 'link-to-it');
  symlinkSync(directory, link);
  const home = await opened({ directory: link });
  assert.equal(home.directory, realpathSync(directory));
  await home.end();
  assert.deepEqual(readdirSync(directory), []);
  assert.ok(existsSync(link));
});

test('a directory that others may write to is refused, with what is in it left alone', async () => {
  const directory = mkdtempSync(join(temporary, 'shared-'));
  writeFileSync(join(directory, 'play.json'), JSON.stringify({ holder: DEAD, keep: false }));
  chmodSync(directory, 0o777);
  assert.match((await refused({ directory })).hint, /chmod go-w/);
  assert.deepEqual(readdirSync(directory), ['play.json']);
});

test('where no directory can be made it says so', async () => {
  const fault = await refused({ temporary: join(temporary, 'not-there') });
  assert.equal(fault.code, 'config-invalid');
  assert.match(fault.hint, /TMPDIR|--home/);
});
