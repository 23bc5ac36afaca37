/** Builds small filesystems and inventories for tests of the catalog and of targets. It decides nothing. */
import assert from 'node:assert/strict';
import type { Filesystem, Inventory, Mount, Subvolume } from '../../../src/core/model/inventory.ts';
import { ok, type Result } from '../../../src/core/model/result.ts';
import { pathBelow } from '../../../src/core/model/snapshot.ts';
import { findSubvolume, type Place } from '../../../src/core/plan/catalog/catalog.ts';

export type Entry = Partial<Subvolume> & Pick<Subvolume, 'path'>;

/** A mount as one line: `/data = /@data`, ` ro` behind it when it is read-only; `/data` alone shows all. */
export function mount(line: string): Mount {
  const readOnly = line.endsWith(' ro');
  const [path = '', root = '/'] = line.replace(/ ro$/, '').split(' = ');
  return { path, root, readOnly, bind: false };
}

/** A subvolume in use; its uuid is `u:` and its path below the top level. */
export const used = (path: string, more: Partial<Subvolume> = {}): Entry => ({ path, ...more });

/** A read-only one, made of the subvolume `of` (a path below the top level). */
export const snap = (path: string, of: string | null, more: Partial<Subvolume> = {}): Entry => ({
  path,
  readOnly: true,
  parentUuid: of === null ? null : `u:${of}`,
  ...more,
});

/** Absolute path through the mount that shows least beside it, as an inventory gives it. */
function reached(path: string, mounts: readonly Mount[]): Pick<Subvolume, 'absolutePath' | 'mount'> {
  const through = mounts
    .map((one) => ({ one, below: pathBelow(one.root, `/${path}`) }))
    .filter((candidate) => candidate.below !== null)
    .toSorted((a, b) => b.one.root.length - a.one.root.length)[0];
  if (!through) return { absolutePath: null, mount: null };
  const { one, below } = through;
  const joined = below ? `${one.path === '/' ? '' : one.path}/${below}` : one.path;
  return { absolutePath: joined, mount: one.path };
}

export function filesystem(
  mounts: readonly string[],
  entries: readonly Entry[],
  more: Partial<Filesystem> = {},
): Filesystem {
  const placed = mounts.map(mount);
  const top: Entry = { path: '', id: 5 };
  const listing: Subvolume[] = [top, ...entries].map((entry, index) => ({
    id: 255 + index,
    ...reached(entry.path, placed),
    uuid: `u:${entry.path}`,
    parentUuid: null,
    receivedUuid: null,
    generation: 10,
    createdGeneration: 9,
    readOnly: false,
    createdAt: '2026-02-01T10:00:00.000Z',
    ...entry,
  }));
  return {
    uuid: 'fs-1',
    mount: placed[0]?.path ?? '/',
    mounts: placed,
    space: { sizeBytes: 1000, usedBytes: 400, freeBytes: 600 },
    listing: ok(listing),
    receiving: [],
    owners: {},
    problems: [],
    ...more,
  };
}

export const inventory = (...filesystems: Filesystem[]): Inventory => ({
  server: 'a',
  takenAt: '2026-03-01T00:00:00.000Z',
  filesystems,
  problems: [],
});

/** The value of a result that must be one. */
export function valueIn<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.fault.code}: ${result.fault.message}`);
  return result.value;
}

/** The code of a result that must be a fault. */
export function codeOf(result: Result<unknown>): string {
  assert.ok(!result.ok, 'a fault was expected');
  return result.fault.code;
}

export const place = (path: string, ...filesystems: Filesystem[]): Place =>
  valueIn(findSubvolume(inventory(...filesystems), path));
