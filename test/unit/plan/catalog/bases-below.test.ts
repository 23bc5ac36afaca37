import assert from 'node:assert/strict';
import test from 'node:test';
import { basesBelow } from '../../../../src/core/plan/catalog/catalog.ts';
import { codeOf, filesystem, snap, used, valueIn } from '../world.ts';

const N1 = '2026-01-01T00:00:00.000Z';

test('bases: every read-only one below the mount, wherever it lies and whatever its name', () => {
  const fs = filesystem(
    ['/pool = /@pool', '/other = /@pool2'],
    [
      used('@pool'),
      snap('@pool/elsewhere/x', null),
      used('@pool/writable'),
      snap(`@pool/.snapshots/data/${N1}`, null),
      snap('@pool2/y', null),
      snap('unreached', null),
    ],
  );
  const below = (mount: string): string[] => valueIn(basesBelow(fs, mount)).map((one) => one.path);
  assert.deepEqual(below('/pool').toSorted(), [`/pool/.snapshots/data/${N1}`, '/pool/elsewhere/x']);
  assert.deepEqual(below('/other'), ['/other/y']);
});

test('bases: all of them where the mount shows all, also those reached through a closer mount', () => {
  const fs = filesystem(
    ['/pool', '/data = /data'],
    [used('data'), snap(`data/.snapshots/${N1}`, 'data'), snap('x', null)],
  );
  assert.deepEqual(
    valueIn(basesBelow(fs, '/pool')).map((one) => one.path),
    [`/data/.snapshots/${N1}`, '/pool/x'],
  );
  assert.deepEqual(
    valueIn(basesBelow(fs, '/data')).map((one) => one.path),
    [`/data/.snapshots/${N1}`],
  );
});

test('bases: a mount that is not there is a fault, neither everything nor nothing', () => {
  assert.equal(codeOf(basesBelow(filesystem(['/pool'], [snap('x', null)]), '/gone')), 'not-mounted');
});

test('bases: below the mount of .snapshots itself, where it is a mount of its own', () => {
  const fs = filesystem(
    ['/sys = /@', '/sys/.snapshots = /@snapshots'],
    [used('@'), used('@snapshots'), snap(`@snapshots/data/${N1}`, null), snap('@/x', null)],
  );
  assert.deepEqual(
    valueIn(basesBelow(fs, '/sys', '/sys/.snapshots/data')).map((one) => one.path),
    [`/sys/.snapshots/data/${N1}`],
  );
});
