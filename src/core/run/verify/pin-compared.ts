/** Pins what is compared: until the verification is over, no run of this journal deletes it. */
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf } from '../../model/inventory.ts';
import type { DriverContext } from '../ground/driver.ts';
import { claimed } from '../ground/pins.ts';
import type { Side } from './side.ts';

/** Null: both are pinned. Faults: `locked`, when one of them is being deleted, and those of `claimed`. */
export async function pinCompared(
  sides: readonly Side[],
  context: Pick<DriverContext, 'fleet' | 'patiently' | 'runId'>,
): Promise<Fault | null> {
  const pins = sides.map(({ filesystem, entry }) => ({ filesystem, origin: bornIdOf(entry) ?? '' }));
  const since = Math.min(...sides.map(({ moves }) => moves));
  const met = await claimed(context, (journal) => journal.pin(context.runId, { pins, there: [], since }));
  if (!met.ok) return met.fault;
  const [deletion] = met.value;
  return deletion
    ? fault(
        'locked',
        `Run ${deletion.run} deletes what was to be compared, or one of its kind.`,
        'Try again.',
        {
          retry: true,
        },
      )
    : null;
}
