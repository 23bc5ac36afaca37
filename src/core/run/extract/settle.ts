/** Takes away what a run that was cut off had staged. What of it is nowhere else stays, under a name that says so. */
import { fault } from '../../model/fault.ts';
import type { ExtractRequest } from '../../model/runs/extract.ts';
import type { RunReport } from '../../model/runs/run.ts';
import type { DriverContext } from '../ground/driver.ts';
import { unstage } from './carry.ts';
import { targetPlace } from './target-place.ts';

export async function settleExtract(
  request: ExtractRequest,
  settles: number,
  { fleet, signal }: Pick<DriverContext, 'fleet' | 'signal'>,
): Promise<RunReport> {
  const { subvolume, server, to, source, from, live } = request;
  const found = await targetPlace(fleet, { subvolume, to, isHere: server === null }, signal);
  if (!found.ok) return { kind: 'fault', fault: found.fault };
  const target = found.value;
  // Where another one took its place, it lies in what was put aside, and goes with that.
  const isSame = target.kept?.uuid === live?.uuid;
  const end = isSame ? await unstage(fleet, { request, target }) : 'gone';
  if (end === 'at-work' || end === 'unknown') return { kind: 'fault', fault: isThere(target.root, server) };
  return {
    ...({ kind: 'extract', subvolume, server, to, source, from, outcome: 'restored', settles } as const),
    counts: { created: 0, replaced: 0, removed: 0, attributes: 0, left: 0, skipped: 0 },
    ...{ bytes: 0, wireBytes: 0, before: null, missed: [], missedCount: 0, fault: null },
  };
}

const isThere = (root: string, server: string | null) =>
  fault(
    'locked',
    `What was staged in ${root} on ${server ?? 'this machine'} by one that was cut off is still there, or is being brought to its place.`,
    'It is looked at again later.',
    server === null ? { retry: true } : { server, retry: true },
  );
