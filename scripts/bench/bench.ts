// What a bench is: a file that exports one `Bench` and is listed in registry.ts.

export interface BenchRow {
  /** What was measured, and under which conditions. */
  title: string;
  /** The figure, in `unit`. A ratio against something measured in the same run travels best between machines. */
  value: number;
  /** `×` for a ratio, `ms`, `s`, `MB/s`, `MB` … */
  unit: string;
  /** What it should come to; absent for figures that only explain others. */
  goal?: { atLeast: number } | { atMost: number };
  /** What it was compared with, or why it could not be better. */
  note?: string;
}

export interface Bench {
  /** Names it on the command line: `npm run bench -- NAME`. */
  name: string;
  /** Measures. Cleans up whatever it made, also when it fails. */
  run(report: (progress: string) => void): Promise<readonly BenchRow[]>;
}
