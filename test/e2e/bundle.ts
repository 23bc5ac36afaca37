/** The program as users run it: the bundle, built anew when a source is newer than it. */
import { buildBundle, isStale } from '../../scripts/build.ts';

const root = new URL('../..', import.meta.url).pathname;

if (await isStale(root)) await buildBundle(root);

export const PROGRAM = `${root}dist/btrfleet.mjs`;
