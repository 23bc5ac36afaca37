// The checks and tiers of tests in the order they run. No tier has a limit, as that is one on the machine; each test has.
import { availableParallelism } from 'node:os';

export interface Check {
  readonly name: string;
  readonly kind: 'check';
  readonly commands: readonly (readonly string[])[];
}

export interface Tier {
  readonly name: string;
  readonly kind: 'tier';
  /** Files of this tier. */
  readonly glob: string;
  /** What one test may take on a quiet machine; a slow one gives it as many times more as it is slower. */
  readonly testSeconds: number;
  /** Files that share a process and what it has loaded. */
  readonly filesPerProcess: number;
  /** Processes at a time. */
  readonly atOnce: number;
  /** What fails beside others runs again with nothing beside it, and that counts. */
  readonly againAlone: boolean;
  /** Prints each test as it ends: for tiers where one test takes long. */
  readonly announce: boolean;
  /** What they make lies in memory where that is possible: hundreds of journals, and nothing that a disk must prove. */
  readonly inMemory: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Parts of the paths of small files that take minutes: begun last, they would be waited for alone. */
  readonly long: readonly string[];
}

export type Step = Check | Tier;

const CORES = availableParallelism();

type Given = Pick<Tier, 'testSeconds' | 'filesPerProcess' | 'atOnce'> &
  Partial<Pick<Tier, 'inMemory' | 'env' | 'long'>>;

const tier = (name: string, more: Given): Tier => ({
  name,
  kind: 'tier',
  glob: `test/${name}/**/*.test.{ts,tsx}`,
  inMemory: false,
  env: {},
  long: [],
  announce: more.filesPerProcess === 1,
  againAlone: more.filesPerProcess === 1,
  ...more,
});

export const STEPS: readonly Step[] = [
  { name: 'types', kind: 'check', commands: [['tsc', '-p', '.']] },
  {
    name: 'lint',
    kind: 'check',
    commands: [
      ['biome', 'check', '.'],
      ['node', 'scripts/lint-house.ts'],
    ],
  },
  // Some of them wait: for a limit, a lock, a shell, a draw.
  tier('unit', { testSeconds: 60, filesPerProcess: 12, atOnce: CORES + 1, inMemory: true }),
  // React as it is in the program.
  tier('ui', {
    ...{ testSeconds: 60, filesPerProcess: 5, atOnce: CORES + 1, inMemory: true },
    env: { NODE_ENV: 'production' },
  }),
  tier('pty', { testSeconds: 60, filesPerProcess: 1, atOnce: CORES }),
  // Long simulations.
  tier('soak', { testSeconds: 300, filesPerProcess: 1, atOnce: CORES }),
  // They wait more than they work.
  tier('e2e', {
    ...{ testSeconds: 300, filesPerProcess: 1, atOnce: CORES + 2 },
    long: ['automation/chaos', 'replication/hung', 'automation/proof'],
  }),
];
