/** Pins what a restore takes, of files too: until that restore is over, no run of this journal deletes it. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { RestoreRequest } from '../../model/runs/restore.ts';
import type { Claim, Pin } from '../../state/journal/pins.ts';
import type { DriverContext } from '../ground/driver.ts';
import { claimed } from '../ground/pins.ts';

/** Null: it is pinned. Faults: `locked`, when it is being deleted; then nothing is pinned. And those of `claimed`. */
export async function pinTaken(
  request: TakenFrom,
  taken: Pin,
  context: Pick<DriverContext, 'fleet' | 'patiently' | 'runId'>,
): Promise<Fault | null> {
  const met = await claimed(context, (journal) =>
    // A deletion that was over by now took it or left it: the script looks before it changes anything.
    journal.pin(context.runId, { pins: [taken], there: [], since: journal.moves() }),
  );
  if (!met.ok) return met.fault;
  const [deletion] = met.value;
  return deletion ? beingDeleted(request, deletion) : null;
}

/** What is taken, and where it lies. */
export type TakenFrom = Pick<RestoreRequest, 'subvolume' | 'server' | 'from'>;

const beingDeleted = ({ subvolume, server, from }: TakenFrom, { run, origin }: Claim): Fault =>
  fault(
    'locked',
    origin === ''
      ? `Run ${run} of an older btrfleet is deleting snapshots, and ${from.name} on ${server} may be one of them. Nothing was done.`
      : `${from.name} on ${server} is being deleted by run ${run}. Nothing was done.`,
    `When that is done, "${command('snapshot', 'list', subvolume)}" shows whether it is still there.`,
    { server },
  );
