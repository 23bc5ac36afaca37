/** What there is in a play from the beginning: servers, subvolumes, how much is in them and where they are replicated. */
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export interface Character {
  readonly name: string;
  readonly size: number;
}

export const SERVERS = [
  { name: 'a', size: 64 * GIB },
  { name: 'b', size: 100 * GIB },
  { name: 'c', size: 80 * GIB },
  { name: 'd', size: 12 * GIB },
] as const satisfies readonly Character[];

export type ServerName = (typeof SERVERS)[number]['name'];

export interface SubvolumePlan {
  /** Below the mount. */
  readonly path: string;
  readonly bytes: number;
  /** What changes from one snapshot to the next. */
  readonly changedBytes: number;
  readonly files: readonly string[];
  /** Days of daily snapshots, then hours of hourly ones. */
  readonly days: number;
  readonly hours: number;
  /** Server → the last so many snapshots are there. */
  readonly replicas: Readonly<Partial<Record<ServerName, number>>>;
}

export const SUBVOLUMES: readonly SubvolumePlan[] = [
  {
    path: 'data',
    bytes: 1200 * MIB,
    changedBytes: 6 * MIB,
    files: ['accounts/2026.ods', 'accounts/2025.ods', 'plans/hall.dwg', 'letters/offer.odt', 'README'],
    days: 21,
    hours: 12,
    replicas: { b: 30, c: 24 },
  },
  {
    path: 'home',
    bytes: 900 * MIB,
    changedBytes: 3 * MIB,
    files: ['ann/mail.mbox', 'ann/notes.txt', 'ben/photos/alps.raw', 'ben/thesis.tex'],
    days: 21,
    hours: 6,
    replicas: { b: 26 },
  },
  {
    path: 'db',
    bytes: 400 * MIB,
    changedBytes: 20 * MIB,
    files: ['base/16384', 'base/16385', 'wal/000000010000000A', 'PG_VERSION'],
    days: 14,
    hours: 8,
    replicas: { b: 20, d: 14 },
  },
  {
    path: 'media',
    bytes: 3 * GIB,
    changedBytes: 0,
    files: ['film/reel-1.mkv', 'film/reel-2.mkv', 'film/reel-3.mkv', 'sound/mix.flac'],
    days: 2,
    hours: 0,
    replicas: {},
  },
];
