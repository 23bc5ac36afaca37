/**
 * Removes what a broken receive left behind, and nothing else: it looks again at that very path, and deletes only
 * what is writable and was never completed. Whose it is, is decided before (plan/catalog).
 */

import { deleteSubvolumeCommand, removeDirectoryCommand, showCommand } from '../../btrfs/ask/commands.ts';
import { receivingMark } from '../../btrfs/ask/marks.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { parseShow, type ShownSubvolume } from '../../btrfs/read/show.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Fault } from '../../model/fault.ts';
import type { Journal } from '../../state/journal/journal.ts';

export interface PartialPlace {
  readonly host: Host;
  readonly mount: string;
  /** Absolute path of the replica. */
  readonly path: string;
  readonly journal: Journal;
}

/**
 * Null: nothing of it is left (or it turned out to be whole, and stays). `isOurs`: a receive of this very run made it a
 * moment ago, under the lock.
 */
export async function removePartial(place: PartialPlace, isOurs = false): Promise<Fault | null> {
  const { host, mount, path } = place;
  const shown = await host.run(showCommand(host.facts.sudo, belowMount(mount, path)));
  if (!shown.ok) return shown.fault;
  if (shown.value.code !== 0) {
    const why = classify({
      command: 'show',
      ...shown.value,
      server: host.server.name,
      subject: path,
      sudoers: host.facts.sudoers,
    });
    if (why.code !== 'no-such-snapshot' && why.code !== 'no-such-subvolume') return why;
  } else {
    const found = parseShow(shown.value.stdout);
    if (!found.ok) return found.fault;
    if (isLeftOver(found.value, isOurs)) {
      const deleted = await host.run(deleteSubvolumeCommand(host.facts.sudo, belowMount(mount, path)));
      if (!deleted.ok) return deleted.fault;
      if (deleted.value.code !== 0) {
        return classify({
          command: 'delete',
          ...deleted.value,
          server: host.server.name,
          subject: path,
          sudoers: host.facts.sudoers,
        });
      }
    }
  }
  await unmark(place);
  return null;
}

/**
 * What was whole once and made writable since may hold somebody's work. Without its received uuid its receive transid
 * still tells so. With it, our receive may have been killed just before it made this read-only: nobody has written to it
 * in that moment.
 */
function isLeftOver(shown: ShownSubvolume, isOurs: boolean): boolean {
  const { readOnly, receivedUuid, receiveTransid, generation } = shown;
  if (readOnly) return false;
  if (receivedUuid === null) return receiveTransid === null || receiveTransid === 0;
  return isOurs && receiveTransid !== null && generation <= receiveTransid;
}

/** The receive is over, for good or with nothing left: its marks go. */
export async function unmark(place: PartialPlace): Promise<void> {
  const { host, path, journal } = place;
  if (await removeMark(place)) journal.forgetReceiving(host.server.name, path);
}

/** The one on the target; what the journal knows stays. False: it may be there still. */
export async function removeMark({ host, mount, path }: PartialPlace): Promise<boolean> {
  const mark = belowMount(mount, receivingMark(mount, path));
  const removed = await host.run(removeDirectoryCommand(host.facts.sudo, mark));
  return removed.ok;
}
