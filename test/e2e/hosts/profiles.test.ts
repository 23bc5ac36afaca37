/** The lab's profiles: each server is what its row says, and nothing of any is left on this machine. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Lab } from '../../../scripts/lab/lab.ts';
import { PROFILES, type ProfileName } from '../../../scripts/lab/profiles.ts';
import { findTool } from '../../../scripts/lab/requirements.ts';
import { type Outcome, run } from '../../../scripts/lab/run-command.ts';

const NAMES = Object.keys(PROFILES) as ProfileName[];
const serverOf = (profile: ProfileName): string => 'abcdefghijklmnopqrstuvwxyz'[NAMES.indexOf(profile)] ?? '';

/** What a profile could spoil on this machine if its server did not have a copy of its own. */
const machine = (): string =>
  ['/usr/local/sbin', '/etc/snapper/configs']
    .map((directory) => (existsSync(directory) ? readdirSync(directory).join(' ') : ''))
    .concat(existsSync('/etc/default/snapper') ? readFileSync('/etc/default/snapper', 'utf8') : '')
    .join('\n');
const untouched = machine();

let lab: Lab;
before(async () => {
  lab = await Lab.up({
    name: `e2e-profiles-${process.pid}`,
    servers: NAMES.length,
    size: '300M',
    profile: Object.fromEntries(NAMES.map((name) => [serverOf(name), name])),
  });
});
after(async () => {
  await lab.down();
  const loops = await run(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE']);
  assert.ok(!loops.stdout.includes(lab.record.directory), loops.stdout);
  assert.equal((await run(['ip', 'link', 'show', lab.record.bridge])).code, 1);
  assert.ok(!existsSync(lab.record.directory));
  assert.equal(machine(), untouched);
});

/** A line for the login shell of a user of a server, over ssh. */
const login = (profile: ProfileName, line: string, user = 'root'): Promise<Outcome> =>
  run(['ssh', '-F', lab.record.sshConfigFile, '-l', user, serverOf(profile), line]);

const says = async (profile: ProfileName, line: string, user = 'root'): Promise<string> => {
  const { code, stdout, stderr } = await login(profile, line, user);
  assert.equal(code, 0, stderr);
  return stdout.trim();
};

const mounts = (profile: ProfileName): Promise<string> =>
  says(profile, 'findmnt --noheadings --list --types btrfs --output TARGET,FSROOT | sort | tr -s " "');

for (const [profile, want] of [
  ['opensuse', '/ /@/.snapshots/1/snapshot\n/.snapshots /@/.snapshots\n/home /@/home\n/srv /@/srv'],
  ['ubuntu', '/ /@\n/home /@home'],
  ['fedora', '/ /root\n/home /home'],
  ['bind-mounts', '/mnt/data /data\n/mnt/export/data /data\n/mnt/inner /data/inner\n/srv/pool /'],
] as const)
  test(`${profile}: ${PROFILES[profile].about}`, async () => assert.equal(await mounts(profile), want));

test(`opensuse: the root is a snapshot, and writable`, async () => {
  assert.match(await says('opensuse', 'btrfs subvolume get-default /'), /path @\/\.snapshots\/1\/snapshot$/);
  assert.match(await says('opensuse', 'btrfs subvolume show /'), /Parent UUID:\s+[0-9a-f]{8}-/);
  assert.match(await says('opensuse', 'cat /.snapshots/1/info.xml'), /first root filesystem/);
});

test(`busybox: ${PROFILES.busybox.about}`, async () => {
  assert.equal(
    await says('busybox', 'readlink "$(command -v sh)"; readlink "$(command -v mount)"'),
    'busybox\nbusybox',
  );
  assert.equal(
    await says('busybox', 'for n in bash findmnt flock; do command -v $n; done; btrfs --version | cut -c1-5'),
    'btrfs',
  );
  assert.equal(await says('busybox', 'id -un', 'fleet'), 'fleet');
});

test(`fish: ${PROFILES.fish.about}`, async () => {
  assert.equal(await says('fish', `printf '%s' 'a\\\\b'`), 'a\\b');
  assert.match(await says('fish', 'echo $FISH_VERSION', 'fleet'), /^\d/);
});

test(`autofs: ${PROFILES.autofs.about}`, async () => {
  const isMounted = 'findmnt --noheadings --types btrfs /mnt/usb >/dev/null && echo mounted; true';
  assert.equal(await says('autofs', isMounted), '');
  assert.equal(await says('autofs', `ls /mnt/usb; ${isMounted}`), 'mounted');
  // 137: it had to be killed.
  assert.equal(await says('autofs', 'timeout -s KILL 0.5 ls /mnt/dead 2>/dev/null; echo $?'), '137');
});

test(`sudo-strict: ${PROFILES['sudo-strict'].about}`, async () => {
  const btrfs = findTool('btrfs');
  assert.equal(
    (await run(['visudo', '-c', '-f', `${lab.record.directory}/${serverOf('sudo-strict')}/etc/sudoers`]))
      .code,
    0,
  );
  assert.match((await login('sudo-strict', `sudo -n ${btrfs} --version`, 'fleet')).stderr, /tty/);
  assert.match((await login('sudo-strict', 'sudo -n true', 'nosudo')).stderr, /password/);
  assert.match(
    (await login('sudo-strict', 'sudo -n sh -c /usr/bin/id', 'dash')).stderr,
    /[Pp]ermission denied/,
  );
  assert.equal(await says('sudo-strict', `sudo -n -l -U dash btrfs`, 'root'), '/usr/local/sbin/btrfs');
});

test(`rekey: ${PROFILES.rekey.about}`, async () => {
  assert.match(await says('rekey', `${findTool('sshd')} -T`), /^rekeylimit 1048576 /m);
});

test(`snapper: ${PROFILES.snapper.about}`, async () => {
  const list = await says('snapper', 'snapper --no-dbus -c data --machine-readable csv list');
  assert.deepEqual(
    list
      .split('\n')
      .map((line) => line.split(',')[2])
      .slice(1),
    ['0', '1', '2'],
  );
  assert.equal(
    await says(
      'snapper',
      'cd /srv/pool/data/.snapshots; ls 1; btrfs subvolume show . >/dev/null; cat 2/snapshot/two',
    ),
    'info.xml\nsnapshot\ntwo',
  );
});
