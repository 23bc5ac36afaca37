// The house as a table: its storeys, what each may import from outside, and the rooms of each with those of their own
// storey they may import from. Change it together with docs/architecture.md. Test files and scripts are not listed.

export interface Storey {
  /** A folder, or one file, below the root. The most specific entry holds. */
  at: string;
  /** Other storeys it may import from, with all their rooms. */
  storeys: readonly string[];
  /** Packages; a trailing `*` stands for any ending. */
  packages: readonly string[];
  /** Node's own modules: none, some, or any (but see ONLY_HOSTS). `types` allows `import type` of any. */
  node: 'none' | 'types' | 'any' | readonly string[];
  /** Storeys of these only through `import()`, so that starting stays fast. */
  lazy?: readonly string[];
  /** Each folder below it and its neighbours; `.` is the storey's own folder. Without: it has no folders. */
  rooms?: Readonly<Record<string, readonly string[]>>;
}

const core = (...names: string[]): string[] => names.map((name) => `src/core/${name}`);
const CORE = core('model', 'plan', 'btrfs', 'hosts', 'state', 'run', 'engine');
const TEXT = ['src/text', 'src/text/words'];
const PAGES = ['Automation', 'Dashboard', 'History', 'Monitoring', 'Replication', 'Servers', 'Snapshots'];

export const HOUSE: readonly Storey[] = [
  {
    at: 'src/core/model',
    storeys: [],
    packages: [],
    node: 'none',
    rooms: {
      ...{ '.': [], extract: ['.'], runs: ['.'], automation: ['.', 'runs'] },
      status: ['.', 'runs', 'automation'],
    },
  },
  {
    at: 'src/core/plan',
    storeys: core('model'),
    packages: ['cron-parser'],
    node: 'none',
    rooms: {
      catalog: [],
      time: [],
      storage: ['catalog'],
      retention: ['catalog', 'time'],
      replication: ['catalog', 'retention'],
      restore: ['catalog'],
      seed: ['replication'],
      files: ['catalog'],
      verify: ['catalog'],
      extract: [],
      automation: ['catalog', 'retention', 'time'],
      status: ['automation', 'catalog', 'replication', 'retention', 'storage', 'time', 'verify'],
    },
  },
  {
    at: 'src/core/btrfs',
    storeys: core('model'),
    packages: [],
    node: 'none',
    rooms: {
      ask: [],
      messages: ['ask'],
      read: ['ask', 'messages'],
      looks: ['ask', 'read'],
      diff: ['ask', 'read'],
      verify: ['ask', 'diff'],
      extract: ['ask', 'read'],
    },
  },
  {
    at: 'src/core/hosts',
    storeys: core('model', 'btrfs'),
    packages: ['ssh2', 'bcrypt-pbkdf'],
    node: 'any',
    rooms: { port: [], ssh: ['port'], '.': ['port', 'ssh'] },
  },
  {
    at: 'src/core/state',
    storeys: core('model'),
    packages: ['conf', 'zod'],
    node: 'any',
    rooms: {
      home: [],
      config: ['home'],
      vault: ['config', 'home'],
      seed: [],
      'journal/kinds': [],
      journal: ['config', 'home', 'journal/kinds'],
    },
  },
  {
    at: 'src/core/run',
    storeys: core('model', 'plan', 'btrfs', 'hosts', 'state'),
    packages: [],
    node: ['node:events'],
    rooms: {
      ground: [],
      looks: ['ground'],
      settings: ['ground', 'looks'],
      snapshots: ['ground', 'looks'],
      deletion: ['ground', 'looks'],
      'replication/paths': ['ground'],
      replication: ['deletion', 'ground', 'looks', 'replication/paths'],
      round: ['deletion', 'ground', 'looks', 'replication', 'settings'],
      restore: ['ground', 'looks', 'replication'],
      seed: ['ground', 'replication', 'replication/paths'],
      diff: ['ground', 'looks'],
      files: ['ground', 'looks'],
      verify: ['diff', 'ground', 'looks'],
      extract: ['files', 'ground', 'looks', 'replication/paths', 'restore'],
      storage: ['ground', 'looks', 'replication'],
      status: ['extract', 'ground', 'looks', 'restore', 'storage'],
      doctor: ['ground', 'looks', 'storage'],
      '.': [
        'deletion',
        'extract',
        'ground',
        'replication',
        'restore',
        'round',
        'seed',
        'snapshots',
        'verify',
      ],
    },
  },
  {
    at: 'src/core/engine',
    storeys: core('model', 'plan', 'btrfs', 'hosts', 'state', 'run'),
    packages: [],
    node: 'any',
  },
  { at: 'src/core/library', storeys: CORE, packages: [], node: 'none' },
  { at: 'src/core/index.ts', storeys: ['src/core/library', ...core('model')], packages: [], node: 'none' },
  {
    at: 'src/store',
    storeys: core('model', 'plan', 'state', 'run'),
    packages: ['zustand'],
    node: 'none',
    rooms: { '.': [], files: ['.'], restore: ['.'] },
  },
  {
    at: 'src/screens',
    storeys: ['src/store', 'src/components', ...TEXT, ...core('model', 'plan')],
    packages: ['react', 'ink', 'ink-*'],
    node: 'none',
    rooms: {
      keys: [],
      lists: ['keys'],
      shared: ['keys', 'lists'],
      retention: ['lists', 'shared'],
      Servers: ['keys', 'lists', 'shared'],
      files: ['keys', 'lists', 'shared'],
      History: ['keys', 'lists', 'shared'],
      Monitoring: ['keys', 'lists', 'shared'],
      Replication: ['keys', 'shared'],
      Dashboard: ['keys', 'lists', 'shared', 'Servers'],
      Snapshots: ['files', 'keys', 'lists', 'shared', 'retention'],
      'Automation/forms': ['retention', 'shared'],
      Automation: ['keys', 'lists', 'shared', 'retention', 'Automation/forms'],
      frame: ['files', 'keys', 'lists', 'shared', ...PAGES],
    },
  },
  { at: 'src/components', storeys: ['src/text'], packages: ['react', 'ink', 'ink-*'], node: 'none' },
  { at: 'src/text/words', storeys: ['src/text', ...core('model', 'plan')], packages: [], node: 'none' },
  { at: 'src/text', storeys: core('model'), packages: ['string-width'], node: 'none' },
  { at: 'src/play/btrfs', storeys: ['src/play/errno.ts'], packages: [], node: 'none' },
  { at: 'src/play/errno.ts', storeys: [], packages: [], node: 'none' },
  {
    at: 'src/play',
    storeys: ['src/play/errno.ts', 'src/play/btrfs', ...CORE],
    packages: ['ssh2'],
    node: 'any',
    rooms: {
      files: [],
      machine: ['files'],
      shell: ['files', 'machine'],
      'programs/btrfs': ['files', 'machine'],
      programs: ['files', 'machine', 'shell', 'programs/btrfs'],
      ssh: ['files', 'machine', 'programs'],
      story: ['ssh'],
      fleet: ['ssh', 'story'],
      home: [],
    },
  },
  {
    at: 'src/process',
    storeys: ['src/text', ...CORE],
    packages: [],
    node: 'any',
  },
  {
    at: 'src/metrics',
    storeys: ['src/process', 'src/text', ...CORE],
    packages: [],
    node: 'any',
  },
  {
    at: 'src/scheduler',
    storeys: ['src/metrics', 'src/process', ...TEXT, ...CORE],
    packages: ['commander'],
    node: 'any',
  },
  {
    at: 'src/terminal',
    storeys: ['src/process', 'src/text', 'src/store', 'src/screens', 'src/components', ...CORE],
    packages: ['ink', 'react'],
    node: 'any',
  },
  {
    at: 'src/cli',
    storeys: ['src/play', 'src/process', 'src/metrics', 'src/scheduler', 'src/terminal', ...TEXT, ...CORE],
    packages: ['commander'],
    node: 'any',
    rooms: {
      frame: [],
      choices: ['frame'],
      notify: ['frame'],
      play: ['frame'],
      replicate: ['choices', 'frame'],
      server: ['frame'],
      service: ['frame'],
      extract: ['files', 'frame'],
      restore: ['extract', 'frame'],
      seed: ['frame'],
      diff: ['frame'],
      snapshot: ['choices', 'diff', 'extract', 'files', 'frame', 'restore'],
      files: ['frame'],
      status: ['frame'],
      subvolume: ['frame'],
      verify: ['choices', 'frame'],
      policy: ['choices', 'frame', 'snapshot', 'verify'],
      run: ['frame', 'replicate', 'snapshot'],
      task: ['choices', 'frame', 'run'],
      '.': [
        ...['files', 'frame', 'notify', 'play', 'policy', 'replicate', 'restore', 'run', 'seed', 'server'],
        ...['service', 'snapshot', 'status', 'subvolume', 'task', 'verify'],
      ],
    },
  },
  {
    at: 'src/face.ts',
    storeys: ['src/cli', 'src/process', 'src/scheduler', 'src/terminal'],
    packages: [],
    node: 'any',
    lazy: ['src/cli', 'src/terminal'],
  },
  {
    at: 'src/library.ts',
    storeys: ['src/core/index.ts', 'src/core/library', 'src/process', 'src/text/words'],
    packages: [],
    node: 'none',
    lazy: ['src/core/library', 'src/process'],
  },
  {
    at: 'src/main.tsx',
    storeys: ['src/face.ts', 'src/process'],
    packages: [],
    node: 'any',
    lazy: ['src/face.ts', 'src/process'],
  },
];

/** More files make a folder hard to enter. */
export const CROWDED = 25;

/**
 * The one door to the outside: no other storey starts a program or opens a connection. One that names one of these
 * packages may use it all the same: the simulated servers are the other end.
 */
export const HOSTS = 'src/core/hosts';
export const ONLY_HOSTS: readonly string[] = ['ssh2', 'node:child_process'];

/** The storey that `file` belongs to; undefined for a file below src/ that has none. */
export const storeyOf = (file: string): Storey | undefined =>
  HOUSE.find((storey) => file === storey.at || file.startsWith(`${storey.at}/`));

/** The room of `file` in its storey: the folder below it, `.` for its own. */
export function roomOf({ at }: Storey, file: string): string {
  const below = file === at ? '' : file.slice(at.length + 1);
  const end = below.lastIndexOf('/');
  return end < 0 ? '.' : below.slice(0, end);
}
