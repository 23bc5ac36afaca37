/** The seed driver: writes a snapshot as files that are carried by hand, or makes a replica of them. */
import type { Driver } from '../ground/driver.ts';
import { exportSeed } from './export.ts';
import { importSeed } from './import.ts';

export const seed: Driver<'seed'> = async (request, context) => {
  const done = await (request.verb === 'export'
    ? exportSeed(request, context)
    : importSeed(request, context));
  return done.ok ? { kind: 'seed', ...done.value } : { kind: 'fault', fault: done.fault };
};
