/** Takes marks of replicas that were found different away, where a person knows better. It touches nothing on any server. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { DifferentMark } from '../../model/runs/different.ts';
import { baseName } from '../../model/snapshot.ts';
import { differentAmong } from '../../plan/catalog/different.ts';
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
  const isMeant = (path: string): boolean => snapshot === null || baseName(path) === snapshot;
  const own = fleet.journal.allDifferent().filter((one) => one.server === server && isMeant(one.path));
  const marks = [...own, ...shownOn(fleet, server, isMeant)].filter((one) => one.subvolume === subvolume);
  const byOrigin = new Map(marks.map((one) => [`${one.server} ${one.filesystem} ${originOf(one)}`, one]));
  return marks.length === 0 ? failed(noneMarked({ ...wish, subvolume })) : ok([...byOrigin.values()]);
}

/** Also what was received on top of one that was compared, and what another server knows of a disk that is here now. */
function shownOn({ journal }: Fleet, server: string, isMeant: (path: string) => boolean): DifferentMark[] {
  return (journal.lastInventory(server)?.filesystems ?? []).flatMap(({ uuid: filesystem, listing }) => {
    if (!listing.ok) return [];
    const wrong = differentAmong(listing.value, journal.differentOn(server, filesystem));
    return listing.value.flatMap(({ uuid, path }) => {
      const mark = isMeant(path) ? wrong.get(uuid ?? '') : undefined;
      return mark ? [mark] : [];
    });
  });
}

/** The one that was compared. */
const originOf = ({ uuid, of }: DifferentMark): string => of ?? uuid;

/** What was received on top of them is as it would be without them, too. Faults: as `marksOf`. */
export function forgetMarks(fleet: Fleet, wish: MarkWish): Result<readonly DifferentMark[]> {
  const marks = marksOf(fleet, wish);
  if (!marks.ok) return marks;
  for (const mark of marks.value) fleet.journal.forgetDifferent({ ...mark, uuid: originOf(mark) });
  judgeLastLook(fleet, wish.server);
  return marks;
}

const noneMarked = ({ subvolume, server, snapshot }: MarkWish): Fault =>
  fault(
    'no-such-snapshot',
    `${snapshot === null ? 'No replica' : `No replica ${snapshot}`} of ${subvolume} on ${server} is marked as different.`,
    `"${command('health', subvolume)}" names those that are.`,
    { server },
  );
