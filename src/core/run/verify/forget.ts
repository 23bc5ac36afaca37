/** Takes marks of replicas that were found different away, where a person knows better. It touches nothing on any server. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { DifferentMark } from '../../model/runs/different.ts';
import { baseName } from '../../model/snapshot.ts';
import type { Fleet } from '../ground/fleet.ts';
import { knownPath } from '../looks/settle-subvolumes.ts';
import { judgeLastLook } from './remember.ts';

export interface MarkWish {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly server: string;
  /** Name; null: all that are marked there. */
  readonly snapshot: string | null;
}

/** At least one. Faults: no-such-snapshot, where none is marked. */
export function marksOf(fleet: Fleet, wish: MarkWish): Result<readonly DifferentMark[]> {
  const { server, snapshot } = wish;
  const subvolume = knownPath(fleet, wish.subvolume);
  const marks = fleet.journal
    .allDifferent()
    .filter((one) => one.server === server && one.subvolume === subvolume)
    .filter(({ path }) => snapshot === null || baseName(path) === snapshot);
  return marks.length === 0 ? failed(noneMarked({ ...wish, subvolume })) : ok(marks);
}

/** What was received on top of them is as it would be without them, too. Faults: as `marksOf`. */
export function forgetMarks(fleet: Fleet, wish: MarkWish): Result<readonly DifferentMark[]> {
  const marks = marksOf(fleet, wish);
  if (!marks.ok) return marks;
  for (const mark of marks.value) fleet.journal.forgetDifferent(mark);
  judgeLastLook(fleet, wish.server);
  return marks;
}

const noneMarked = ({ subvolume, server, snapshot }: MarkWish): Fault =>
  fault(
    'no-such-snapshot',
    `${snapshot === null ? 'No replica' : `No replica ${snapshot}`} of ${subvolume} on ${server} was itself compared and found different.`,
    `"${command('health', subvolume)}" names those that are. What was received on top of one is forgotten with it.`,
    { server },
  );
