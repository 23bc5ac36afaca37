/** A directory of a snapshot that was read, for tests of the screen. */
import type { FileEntry } from '../../../src/core/model/files.ts';
import type { Browsing } from '../../../src/store/page-state.ts';
import type { AppState } from '../../../src/store/state.ts';

export const entry = (name: string, more: Partial<FileEntry> = {}): FileEntry => ({
  ...{ name, path: name, kind: 'file', inode: 257, device: 1, sizeBytes: 2048, links: 1, mode: '0644' },
  owner: { uid: 1000, gid: 100, user: 'ann', group: 'users' },
  ...{ modifiedAt: '2026-11-01T08:05:01.123456789Z', changedAt: '2026-11-01T08:05:02.000000000Z' },
  ...{ isOther: false, target: null },
  ...more,
});

const FILES = [
  entry('docs', { kind: 'directory', mode: '0755', path: 'docs' }),
  entry('inner', { kind: 'directory', inode: 2, isOther: true }),
  entry('letter'),
  entry('link', { kind: 'link', target: '/etc/passwd' }),
  entry('odd\udcff\n'),
];

/** `name`: of the snapshot of /srv/data. */
export function browsing(
  name: string,
  {
    path = '',
    entries = FILES,
    ...more
  }: Partial<Browsing> & { readonly entries?: readonly FileEntry[] } = {},
): Pick<AppState, 'browsing' | 'subvolume'> {
  const root = `/srv/.snapshots/data/${name}`;
  const where = { server: 'alpha', subvolume: '/srv/data', snapshot: name, root, path };
  const self = entry(path, { kind: 'directory' });
  const value = { ...where, state: 'complete', self, entries, next: null, notes: [] } as const;
  const page = { key: `${root}\0${path}`, state: 'known', value } as const;
  const about = { subvolume: '/srv/data', snapshot: { name, path: root }, path };
  return {
    subvolume: '/srv/data',
    browsing: { ...about, page, isReadingMore: false, preview: null, comparesNow: false, ...more },
  };
}
