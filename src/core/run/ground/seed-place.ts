/** Opens the machine that the files of a seed lie on, and says what it means that a script of a seed failed there. */
import { SEED_ENDS, withoutSeedEnd } from '../../btrfs/ask/seed-shell.ts';
import { classify, lastOf } from '../../btrfs/messages/classify.ts';
import { escaped } from '../../btrfs/messages/escaped.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Result } from '../../model/result.ts';
import type { SeedPlace } from '../../model/runs/seed.ts';
import { THIS_MACHINE } from '../../model/server.ts';
import {
  nearlyFull,
  noSeedDirectory,
  notRead,
  notWritten,
  otherStream,
  placeText,
  seedBusy,
  seedDirectoryShared,
  seedDirectoryTaken,
  tooManyParts,
} from '../../plan/seed/faults.ts';
import { type Fleet, openHost } from './fleet.ts';

/** Faults: those of a connection. */
export const openSeedPlace = async (
  fleet: Fleet,
  { server }: Pick<SeedPlace, 'server'>,
  signal: AbortSignal,
): Promise<Result<Host>> => (server === null ? fleet.hosts.here() : openHost(fleet, server, signal));

/** What it means that a script of a seed did not end with 0. A send that failed in it is called so. */
export function endFault(place: SeedPlace, code: number | null, text: string): Fault {
  const stderr = withoutSeedEnd(text);
  const last = lastOf(stderr);
  const said = last === '' ? '' : escaped(last);
  switch (code) {
    case SEED_ENDS.noDirectory:
      return noSeedDirectory(place);
    case SEED_ENDS.busy:
      return seedBusy(place);
    case SEED_ENDS.shared:
      return seedDirectoryShared(place);
    case SEED_ENDS.taken:
      return seedDirectoryTaken(place, 'something else than a moment ago');
    case SEED_ENDS.different:
      return otherStream(place);
    case SEED_ENDS.tooMany:
      return tooManyParts(place);
    case SEED_ENDS.notWritten:
      return notWritten(place, whyNotWritten(stderr) ?? said);
    case SEED_ENDS.nearlyFull:
      return nearlyFull(place);
    case SEED_ENDS.notWhole:
      return classify({
        ...{ command: 'send', code, stderr, server: place.server ?? THIS_MACHINE },
        subject: placeText(place),
      });
    default:
      return fault(
        'command-failed',
        `The files of the seed in ${placeText(place)} cannot be worked with${said === '' ? '' : `: ${said}`}.`,
        'Look at that directory and its disk, then try again.',
        { server: place.server },
      );
  }
}

/** Behind it a send may say that nobody takes its bytes any more. Null: nothing that is known. */
function whyNotWritten(stderr: string): string | null {
  const line = stderr.split('\n').find((one) => /No space left|quota exceeded|File too large/i.test(one));
  return line === undefined ? null : escaped(lastOf(line));
}

/** The same where it is one that reads a seed: what failed is no send, but the disk, or what unpacks or decrypts. */
export function readFault(place: SeedPlace, code: number | null, text: string): Fault {
  if (code === SEED_ENDS.noDirectory) return noSeedDirectory(place);
  const last = lastOf(withoutSeedEnd(text));
  return notRead(place, last === '' ? '' : escaped(last));
}
