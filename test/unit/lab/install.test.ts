// Installing what a lab needs: one line says what is done, or what to type; nothing is installed where that is forbidden.
import assert from 'node:assert/strict';
import test from 'node:test';
import { mayInstall } from '../../../scripts/lab/install.ts';
import { E2E_TOOLS, installLine, MANAGERS, packagesOf } from '../../../scripts/lab/requirements.ts';

for (const manager of MANAGERS)
  test(`${manager}: every program has a package`, () => {
    for (const tool of E2E_TOOLS)
      assert.match(packagesOf([tool], manager).join(), /^[a-z0-9][a-z0-9.+-]*$/, tool);
    const line = installLine(['btrfs', 'mkfs.btrfs', 'sshd'], manager);
    assert.match(line, new RegExp(`^${manager} \\S+ btrfs-?progs openssh(-server)?$`));
  });

for (const [args, env, may] of [
  [[], {}, true],
  [['--no-install'], {}, false],
  [[], { BTRFLEET_NO_INSTALL: '1' }, false],
  [[], { BTRFLEET_NO_INSTALL: '0' }, true],
  [[], { BTRFLEET_NO_INSTALL: '' }, true],
] as const)
  test(`${JSON.stringify([args, env])}: ${may ? 'may' : 'may not'} install`, () =>
    assert.equal(mayInstall(args, env), may));
