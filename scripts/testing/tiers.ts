// The checks and tiers of tests in the order they run, with the time each may take.
// Together the limits stay below 25 minutes, so that a hang ends as a failure with a name.

export interface Check {
  name: string;
  kind: 'check';
  commands: readonly (readonly string[])[];
  limitSeconds: number;
}

export interface Tier {
  name: string;
  kind: 'tier';
  /** Files of this tier. */
  glob: string;
  /** The whole tier, and one test. */
  limitSeconds: number;
  testSeconds: number;
  /** Test files at a time; the runner's own choice if absent. */
  files?: number;
  /** Prints each test as it ends: for tiers where one test takes long. */
  announce: boolean;
}

export type Step = Check | Tier;

const tier = (name: string, limitSeconds: number, testSeconds: number, files?: number): Tier => ({
  name,
  kind: 'tier',
  glob: `test/${name}/**/*.test.{ts,tsx}`,
  limitSeconds,
  testSeconds,
  ...(files === undefined ? {} : { files }),
  announce: files !== undefined,
});

export const STEPS: readonly Step[] = [
  { name: 'types', kind: 'check', commands: [['tsc', '-p', '.']], limitSeconds: 40 },
  {
    name: 'lint',
    kind: 'check',
    commands: [
      ['biome', 'check', '.'],
      ['node', 'scripts/lint-house.ts'],
    ],
    limitSeconds: 40,
  },
  tier('unit', 270, 60),
  tier('ui', 200, 60),
  tier('pty', 90, 60),
  tier('e2e', 840, 300, 2),
];
