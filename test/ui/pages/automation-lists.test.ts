/** The lists of the Automation page: filtered, ordered, copied from, and with names that mean harm. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { words } from '../world/automation-form.ts';
import { AUTOMATED, openAutomation, policy, retention, task } from '../world/automation-seeds.ts';
import { FLEET } from '../world/inventories.ts';
import { openScreen } from '../world/open-screen.tsx';
import { seen } from '../world/seen.ts';

const ESC = '\u001b';

for (const [tab, filter, shown] of [
  ['', 'on:no', ['/srv/home']],
  ['', 'home before', ['/srv/home']],
  [']', 'failed:yes', ['/srv/data']],
  [']]', 'server:gamma !usb', ['offsite']],
  [']]', 'state:suspended', ['usb']],
  [']]', 'mode:async', ['offsite', 'both']],
  [']]', 'subvolume:home', ['both']],
] as const) {
  test(`the filter "${filter}" shows ${shown.join(', ')}`, async (t) => {
    const screen = await openAutomation(t, AUTOMATED, `${tab}/${filter}\r`);
    const rows = screen
      .text()
      .flatMap((line) => /^[ ▸][ ▌](\/srv\/\w+|offsite|both|usb) /.exec(line)?.[1] ?? []);
    assert.deepEqual(rows, shown);
  });
}

test('y copies the command line that sets it, runs it, and shows it', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, 'jy');
  assert.match(words(screen), /btrfleet policy set snapshot \/srv\/home --cron '30 2 \* \* 1-5'/);
  seen(screen);
  await screen.keys('\r');
  assert.deepEqual(screen.world.copied, [
    "btrfleet policy set snapshot /srv/home --cron '30 2 * * 1-5' --timezone Europe/Berlin --before 'systemctl stop app'" +
      " --before-timeout 60 --before-required --after 'systemctl start app' --after-timeout 30 --disabled",
  ]);
  await screen.chunks('q', ']', 'y');
  seen(screen);
  await screen.keys('j\r');
  assert.equal(screen.world.copied[1], 'btrfleet policy run retention /srv/data');
  await screen.chunks('q', ']', 'y');
  seen(screen);
  await screen.keys('\r');
  assert.equal(
    screen.world.copied[2],
    'btrfleet task add offsite --subvolume /srv/data --to beta,gamma --every 10m --rpo 1800 --retries 3 --suspend-after 10',
  );
});

/** The details and the form, and out of them again. */
const EVERYTHING = ['\r', 'q', 'e', `${ESC}[Z\r`];

test('names that mean harm are shown escaped in every tab, row and detail', async (t) => {
  const evil = `/srv/${'long-name/'.repeat(12)}evil${ESC}[2J\u202e`;
  const hook = { command: `echo ${ESC}[2J\nrm`, timeoutSeconds: 5 };
  const screen = await openScreen(t, {
    ...FLEET,
    snapshotPolicies: [policy(evil, { hooks: { before: { ...hook, required: false }, after: hook } })],
    retentionPolicies: [retention(evil)],
    tasks: [task('t', { subvolumes: [evil], targets: [{ server: 'beta', mount: evil }] })],
  });
  for (const [columns, rows] of [
    [60, 20],
    [80, 24],
    [160, 50],
  ] as const) {
    await screen.resize(columns, rows);
    for (const keys of ['4', ...EVERYTHING, ']', ...EVERYTHING, ']', ...EVERYTHING, '[[']) {
      await screen.keys(keys);
      assert.equal(screen.wrapped(), 0, screen.frame());
      assert.equal(screen.text().length, rows);
    }
  }
  await screen.keys('\r');
  assert.ok(words(screen).replaceAll(' ', '').includes('evil\\u{1b}[2J'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not have reached the terminal
  assert.doesNotMatch(screen.written(), /evil\u001b\[2J|\u202e/);
});

test('every column that can be ordered by orders, and the cursor stays on its object', async (t) => {
  const screen = await openAutomation(t, { ...AUTOMATED, columns: 200, rows: 24 }, ']]j');
  for (const title of ['TASK▲', 'STATE▲', 'RPO▲', 'LAST▲', 'NEXT▲', 'TARGETS▲', 'SUBVOLUMES▲', 'MODE▲']) {
    await screen.keys('s');
    assert.ok(screen.row(title), title);
    assert.match(screen.row('▸'), /both/);
  }
});
