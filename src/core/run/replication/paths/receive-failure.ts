/** Decides what a receive that failed is called: what its script refused by a code of its own, else what btrfs said. */

import { NO_DIRECTORY } from '../../../btrfs/ask/lock-script.ts';
import { MARKED_ELSEWHERE, NAME_TAKEN } from '../../../btrfs/ask/receive-script.ts';
import { classify } from '../../../btrfs/messages/classify.ts';
import { MIB } from '../../../hosts/port/bounded-output.ts';
import { type Fault, fault } from '../../../model/fault.ts';
import type { Lane } from './data-path.ts';

/** A receive has nothing to say on stdout. */
export const RECEIVE_BOUND = { bytes: MIB, lines: false };
/** From a spool it tells every five seconds how far it is, for weeks. */
export const SPOOLED_BOUND = { bytes: 64 * MIB, lines: false };

export function receiveFailure({ host, path }: Lane, code: number | null, stderr: string): Fault {
  const server = host.server.name;
  if (code === NAME_TAKEN) {
    return fault(
      'name-taken',
      `${path} on ${server} exists and is not this snapshot.`,
      'btrfleet deletes nothing to make room. Look at it, move or remove it yourself, then try again.',
      { server },
    );
  }
  if (code === MARKED_ELSEWHERE) {
    return fault(
      'locked',
      `${path} on ${server} is marked as being received by another btrfleet.`,
      'Wait for it to finish. If it died: a replication that can lock the directory removes what it left.',
      { server },
    );
  }
  const command = code === NO_DIRECTORY ? 'mkdir' : 'receive';
  return classify({ command, code, stderr, server, subject: path, sudoers: host.facts.sudoers });
}
