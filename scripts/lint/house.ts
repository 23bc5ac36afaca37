// The house as a table: which room may import what. Change it together with docs/architecture.md.
// A room may always import from itself. Test files and scripts may import anything and are not listed.

export interface Room {
  /** A folder, or one file, below the root. The most specific entry holds. */
  at: string;
  /** Rooms it may import from. */
  rooms: readonly string[];
  /** Packages; a trailing `*` stands for any ending. */
  packages: readonly string[];
  /** Node's own modules: none, some, or any (but see ONLY_HOSTS). `types` allows `import type` of any. */
  node: 'none' | 'types' | 'any' | readonly string[];
  /** Rooms and packages only through `import()`, so that starting stays fast. */
  lazy?: true;
}

const CORE = ['model', 'plan', 'btrfs', 'hosts', 'state', 'run', 'engine'].map((name) => `src/core/${name}`);
const core = (...names: string[]): string[] => names.map((name) => `src/core/${name}`);

export const HOUSE: readonly Room[] = [
  { at: 'src/core/model', rooms: [], packages: [], node: 'none' },
  { at: 'src/core/plan', rooms: core('model'), packages: ['cron-parser'], node: 'none' },
  { at: 'src/core/btrfs', rooms: core('model'), packages: [], node: 'none' },
  { at: 'src/core/hosts', rooms: core('model', 'btrfs'), packages: ['ssh2', 'bcrypt-pbkdf'], node: 'any' },
  { at: 'src/core/state', rooms: core('model'), packages: ['conf', 'zod'], node: 'any' },
  {
    at: 'src/core/run',
    rooms: core('model', 'plan', 'btrfs', 'hosts', 'state'),
    packages: [],
    node: ['node:events'],
  },
  {
    at: 'src/core/engine',
    rooms: core('model', 'plan', 'btrfs', 'hosts', 'state', 'run'),
    packages: [],
    node: 'any',
  },
  { at: 'src/core/index.ts', rooms: CORE, packages: [], node: 'none' },
  { at: 'src/store', rooms: core('model', 'plan', 'state', 'run'), packages: ['zustand'], node: 'none' },
  {
    at: 'src/screens',
    rooms: ['src/store', 'src/components', 'src/text', ...core('model', 'plan')],
    packages: ['react', 'ink', 'ink-*'],
    node: 'none',
  },
  { at: 'src/components', rooms: ['src/text'], packages: ['react', 'ink', 'ink-*'], node: 'none' },
  { at: 'src/text', rooms: core('model'), packages: ['string-width'], node: 'none' },
  { at: 'src/play/errno.ts', rooms: [], packages: [], node: 'none' },
  { at: 'src/play/btrfs', rooms: ['src/play/errno.ts'], packages: [], node: 'none' },
  {
    at: 'src/play',
    rooms: ['src/play/errno.ts', 'src/play/btrfs', ...CORE],
    packages: ['ssh2'],
    node: 'any',
  },
  {
    at: 'src/cli',
    rooms: [
      'src/play',
      ...CORE,
      'src/core/index.ts',
      'src/text',
      'src/store',
      'src/screens',
      'src/components',
    ],
    packages: ['commander', 'ink', 'react'],
    node: 'any',
  },
  {
    at: 'src/main.tsx',
    rooms: ['src/cli', 'src/core/engine', 'src/screens'],
    packages: ['react', 'ink'],
    node: 'any',
    lazy: true,
  },
];

/**
 * The one door to the outside: no other room starts a program or opens a connection. A room that names one of these
 * packages may use it all the same: the simulated servers are the other end.
 */
export const HOSTS = 'src/core/hosts';
export const ONLY_HOSTS: readonly string[] = ['ssh2', 'node:child_process'];

/** The room that `file` belongs to; undefined for a file below src/ that has none. */
export const roomOf = (file: string): Room | undefined =>
  HOUSE.find((room) => file === room.at || file.startsWith(`${room.at}/`));
