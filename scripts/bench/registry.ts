// All benches, in the order they run. Each is loaded only when it is its turn.
import type { Bench } from './bench.ts';

/** For example: `relay: async () => (await import('./relay.ts')).relay`. */
export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {};
