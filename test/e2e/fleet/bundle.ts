/** The program as users run it: the bundle, built anew when a source is newer than it. */
import { join } from 'node:path';
import { buildBundle, isStale } from '../../../scripts/build.ts';

const root = join(import.meta.dirname, '../../..');

if (await isStale(root)) await buildBundle(root);

export const PROGRAM = join(root, 'dist/btrfleet.mjs');
