/** Says in words why a seed cannot be written or read, and what to do. It decides nothing but what is said. */
import { type Fault, fault } from '../../model/fault.ts';
import type { SeedManifest, SeedPlace } from '../../model/runs/seed.ts';

/** For people: a directory of this machine, or of a server. */
export const placeText = ({ server, directory }: SeedPlace): string =>
  server === null ? directory : `${directory} on ${server}`;

export const noSeedDirectory = (place: SeedPlace): Fault =>
  fault(
    'no-such-file',
    `${placeText(place)} is no directory that can be entered.`,
    'Is the disk mounted? An export makes the last step of the path, and no more.',
    { server: place.server },
  );

export const seedOnRoot = (place: SeedPlace): Fault =>
  fault(
    'not-mounted',
    `${placeText(place)} is not there, and would be made on the root filesystem. Nothing was written.`,
    'Mount the disk, then run it again. If it is meant to lie there, make that directory yourself first.',
    { server: place.server },
  );

export const seedDirectoryClosed = (place: SeedPlace): Fault =>
  fault(
    'not-readable',
    `The login of btrfleet may not write in ${placeText(place)}.`,
    'Choose a directory that belongs to it; a seed is written as the login itself, not as root.',
    { server: place.server },
  );

export const seedDirectoryShared = (place: SeedPlace): Fault =>
  fault(
    'refused',
    `Others than the login of btrfleet may write in ${placeText(place)}. Nothing was written.`,
    'Choose a directory of its own, or give it this one alone ("chown", "chmod go-w"). Mount FAT or NTFS with uid= and umask=022.',
    { server: place.server },
  );

export const seedDirectoryTaken = (place: SeedPlace, what: string): Fault =>
  fault(
    'refused',
    `${placeText(place)} holds ${what}. Nothing was written.`,
    'Name an empty directory, or one that is not there yet.',
    { server: place.server },
  );

export const noManifest = (place: SeedPlace): Fault =>
  fault(
    'no-such-file',
    `${placeText(place)} holds no seed: there is no manifest.json in it that can be read.`,
    'Name the directory that "btrfleet seed export" filled.',
    { server: place.server },
  );

export const badManifest = (place: SeedPlace, isNewer: boolean): Fault =>
  fault(
    'refused',
    isNewer
      ? `The seed in ${placeText(place)} was written by a newer btrfleet.`
      : `The manifest.json in ${placeText(place)} is none of btrfleet, or it is damaged.`,
    isNewer ? 'Import it with that version.' : 'Copy the seed again, or export it anew.',
    { server: place.server },
  );

export const incompleteSeed = (place: SeedPlace): Fault =>
  fault(
    'refused',
    `The seed in ${placeText(place)} is not complete: its export was cut off.`,
    'Run the same "btrfleet seed export" again: it goes on where it was cut off.',
    { server: place.server },
  );

/** `parts`: each with what is wrong. Nothing was received. */
export const badParts = (place: SeedPlace, parts: readonly string[]): Fault =>
  fault(
    'verify-failed',
    `The seed in ${placeText(place)} is not what was exported: ${listed(parts)}. Nothing was received.`,
    'Copy these parts again from where the seed was made, or export it anew.',
    { server: place.server },
  );

export const oddStream = (place: SeedPlace, said: string): Fault =>
  fault(
    'verify-failed',
    `The parts in ${placeText(place)} are whole, but ${said}. Nothing was received.`,
    'It is no seed of that snapshot. Export it anew.',
    { server: place.server },
  );

export const identityNeeded = (place: SeedPlace): Fault =>
  fault(
    'usage',
    `The seed in ${placeText(place)} is encrypted with age.`,
    'Name the file with the key: --identity FILE. It must lie where the seed lies.',
    { server: place.server },
  );

export const badIdentity = (place: SeedPlace, said: string): Fault =>
  fault(
    'not-readable',
    `The seed in ${placeText(place)} cannot be decrypted with that identity${said === '' ? '' : `: ${said}`}.`,
    'Name the file with the key it was encrypted for: --identity FILE. It must lie where the seed lies, without a passphrase.',
    { server: place.server },
  );

export const badRecipient = (place: SeedPlace): Fault =>
  fault(
    'usage',
    'age does not take that recipient.',
    'It is the public key that "age-keygen -y FILE" prints: --encrypt age:age1…',
    { server: place.server },
  );

export function toolMissing(place: SeedPlace, tool: string): Fault {
  const from = tool === 'zstd' || tool === 'age' ? tool : 'coreutils';
  return fault(
    'tool-missing',
    `There is no ${tool} on ${place.server ?? 'this machine'}, where the files of the seed lie.`,
    `Install it there: "apt install ${from}", "dnf install ${from}", "zypper install ${from}", "pacman -S ${from}" or "apk add ${from}".`,
    { server: place.server },
  );
}

export const alreadyThere = (server: string, { snapshot }: Pick<SeedManifest, 'snapshot'>): Fault =>
  fault(
    'refused',
    `${server} has ${snapshot.name} already, complete. Nothing was received.`,
    'There is nothing to do: the next replication is incremental.',
    { server },
  );

export const baseMissing = (why: Fault, { base }: Pick<SeedManifest, 'base'>): Fault =>
  why.code === 'no-base' && base !== null
    ? {
        ...why,
        message: `${why.message} The seed builds on it (origin id ${base.originId}). Nothing was received.`,
        hint: 'Import the seed of that snapshot first, or export this one in full, without --base.',
      }
    : why;

export function notWritten(place: SeedPlace, said: string): Fault {
  const isFull = /No space left|quota exceeded/i.test(said);
  const isTooLarge = /File too large/i.test(said);
  return fault(
    isFull ? 'no-space' : 'command-failed',
    `A part of the seed could not be written to ${placeText(place)}${said === '' ? '' : `: ${said}`}.`,
    isTooLarge
      ? 'That filesystem takes no file of that size. Name smaller parts, such as --split 1G, and an empty directory.'
      : `Parts that are whole stay. ${isFull ? 'Make room there' : 'Look at that disk'}, then run the same command again.`,
    { server: place.server },
  );
}

export const nearlyFull = (place: SeedPlace): Fault =>
  fault(
    'no-space',
    `The disk of ${placeText(place)} is nearly full. The little that is left is kept free.`,
    'Parts that are whole stay. Make room there, then run the same command again.',
    { server: place.server },
  );

/** What makes the stream of its parts again failed, or a part is not what it was when all were checked. */
export const notRead = (place: SeedPlace, said: string): Fault =>
  fault(
    'send-failed',
    `The seed in ${placeText(place)} could not be read to its end${said === '' ? '' : `: ${said}`}.`,
    'Look at that disk, and let nothing change it. The next import compares all parts anew.',
    { server: place.server },
  );

export const severalIntos = (subvolume: string, target: string, tasks: readonly string[]): Fault =>
  fault(
    'refused',
    `The tasks ${tasks.join(', ')} keep the replicas of ${subvolume} on ${target} in different directories.`,
    'Nothing says where the seed belongs. Give them one directory (task edit --into), or delete one of them, then import it.',
    { server: null },
  );

export const seedBusy = (place: SeedPlace): Fault =>
  fault(
    'locked',
    `Another export is at work in ${placeText(place)}.`,
    'Wait for it, or choose another directory.',
    {
      server: place.server,
    },
  );

export const otherStream = (place: SeedPlace): Fault =>
  fault(
    'verify-failed',
    `The parts in ${placeText(place)} are not the beginning of this stream.`,
    'Delete them, then export again.',
    { server: place.server },
  );

export const tooManyParts = (place: SeedPlace): Fault =>
  fault(
    'usage',
    `The seed in ${placeText(place)} would have more than 9,999 parts.`,
    'Name larger ones, such as --split 8G, and an empty directory.',
    { server: place.server },
  );

export const seedNoSpace = (place: SeedPlace, needed: number, free: number): Fault =>
  fault(
    'no-space',
    `${placeText(place)} has ${free} bytes free; the seed needs about ${needed}.`,
    'Use a larger disk, or --compress zstd where the data can be packed. Nothing was written.',
    { server: place.server },
  );

const MOST = 5;
const listed = (parts: readonly string[]): string =>
  parts.length <= MOST
    ? parts.join(', ')
    : `${parts.slice(0, MOST).join(', ')} and ${parts.length - MOST} more`;
