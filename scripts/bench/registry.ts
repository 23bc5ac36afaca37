// All benches, in the order they run. Each is loaded only when it is its turn.
import type { Bench } from './bench.ts';

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  relay: async () => (await import('./relay.ts')).relay,
  rekey: async () => (await import('./rekey.ts')).rekey,
  incremental: async () => (await import('./incremental.ts')).incremental,
  inventory: async () => (await import('./inventory.ts')).inventory,
  cleanup: async () => (await import('./cleanup.ts')).cleanup,
  diff: async () => (await import('./diff.ts')).diffBench,
  extract: async () => (await import('./extract.ts')).extractBench,
  versions: async () => (await import('./versions.ts')).versionsBench,
  retention: async () => (await import('./retention.ts')).retention,
  scale: async () => (await import('./scale.ts')).scale,
  screen: async () => (await import('./screen.ts')).screen,
};
