/** What comparing replicas with their source is asked for and reported as. */
import { type Fault, fault } from '../fault.ts';
import type { Target } from '../target.ts';
import { none, type RunOutcome, type RunSpec, TOLD_NOTHING } from './spec.ts';
import type { ProofLevel } from './target-result.ts';

/** What somebody wants to be compared. */
export interface VerifyWish {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  /** Null: the targets of its tasks, else every secondary, and wherever replicas of it are known. */
  readonly to: readonly Target[] | null;
  /** Name; null: the newest on each. */
  readonly snapshot: string | null;
  readonly level: ProofLevel;
  readonly share: number | null;
  readonly budgetSeconds: number | null;
}

/** The same, with what was chosen for it. */
export interface VerifyRequest {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly level: ProofLevel;
  /** Of `content`: one file in so many, another part each time, and what is new; null: all files. */
  readonly share: number | null;
  /** Seconds, of all together; null: as long as it takes. */
  readonly budgetSeconds: number | null;
  /** As they were chosen: whatever is another one when it is looked at is not meant. Null: they are chosen when it begins. */
  readonly pairs: readonly VerifyPair[] | null;
  /** The name that was asked for; null, or absent as in requests of earlier versions: the newest on each. */
  readonly snapshot?: string | null;
  /** Where nothing could be chosen, and why. */
  readonly unchosen: readonly Unchosen[];
}

/** A replica, and the snapshot it is of. */
export interface VerifyPair {
  readonly server: string;
  readonly mount: string | null;
  /** Uuid. */
  readonly filesystem: string;
  /** Name of both. */
  readonly snapshot: string;
  /** Of the replica. */
  readonly uuid: string;
  /** Of the snapshot on the primary. */
  readonly source: string;
}

export interface Unchosen {
  readonly server: string;
  readonly mount: string | null;
  readonly fault: Fault;
}

/**
 * `same`: all that was asked for was compared. `attributes`: what is in it is the same as far as it was compared, and
 * attributes are not. `different`: what is in it is not the same. `unfinished`: the time was over before; what was compared
 * is the same. `unchecked`: it could not be compared, and nothing is known.
 */
export type VerifyStatus = (typeof VERIFY_STATUSES)[number];
export const VERIFY_STATUSES = ['same', 'attributes', 'different', 'unfinished', 'unchecked'] as const;

/** What became of one replica. The keys are the command line's contract. */
export interface VerifyResult {
  readonly server: string;
  readonly mount: string | null;
  /** Null: there was none to be compared. */
  readonly snapshot: string | null;
  /** Of the replica. */
  readonly path: string | null;
  readonly uuid: string | null;
  readonly status: VerifyStatus;
  /** How far all of it is proven by this; null: it is not. Where attributes differ, `content` says that the content is proven. */
  readonly level: ProofLevel | null;
  /** When it was, ISO 8601 UTC. */
  readonly at: string;
  readonly compared: Compared;
  /** A hundred, the worst first. */
  readonly differences: readonly Difference[];
  /** How many there are in all. */
  readonly differenceCount: number;
  /** Its content differs, and nothing is built on it any more. */
  readonly barred: boolean;
  /** Of a share: what was written since the last comparison by content was compared as well; false: it is not known which. */
  readonly newCompared: boolean | null;
  /** Files of the replica may have been read from the memory of its server, which says little of its disk. */
  readonly maybeFromMemory: boolean;
  /** Why it could not be checked, or not to its end; null: it was. */
  readonly fault: Fault | null;
}

/** How much was compared. */
export interface Compared {
  /** Files, directories and all else whose metadata were compared. */
  readonly entries: number;
  /** Files whose content was compared, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Files there are to be compared by content, and their bytes: of a share those of it. */
  readonly filesOf: number;
  readonly bytesOf: number;
}

export const NOTHING_COMPARED: Compared = { entries: 0, files: 0, bytes: 0, filesOf: 0, bytesOf: 0 };

/**
 * `missing`: the source alone has it; `extra`: the replica alone. `links`: its other names. `unreadable`: the replica has it,
 * and its content cannot be read.
 */
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];
export const DIFFERENCE_KINDS = [
  ...(['missing', 'extra', 'type', 'mode', 'owner', 'size', 'mtime', 'target', 'device'] as const),
  ...(['xattrs', 'properties', 'acl', 'links', 'content', 'unreadable'] as const),
] as const;

const CONTENT: ReadonlySet<string> = new Set([
  ...(['missing', 'extra', 'type', 'size', 'target', 'device', 'content', 'unreadable'] as const),
] satisfies DifferenceKind[]);

/**
 * It is of what is in the replica, and not of attributes alone. Only that says that something is wrong with it: a receive
 * gives attributes of its own where the directories there have a default access list, or a property.
 */
export const isOfContent = ({ what }: { readonly what: readonly string[] }): boolean =>
  what.some((kind) => CONTENT.has(kind));

/** Of btrfs, as of compression: what is in the files, and who may read them, is the same. */
const isHarmless = ({ what }: { readonly what: readonly string[] }): boolean =>
  what.every((kind) => kind === 'properties');

/** What is of content first, what is harmless last: of many, those first are told. */
export const worstFirst = <T extends { readonly what: readonly string[] }>(all: readonly T[]): T[] => {
  const rank = (one: T): number => Number(!isOfContent(one)) + Number(isHarmless(one));
  return all.toSorted((a, b) => rank(a) - rank(b));
};

/** One file that is not the same. */
export interface Difference {
  /** Below the subvolume; '' for itself. Bytes that are no UTF-8 are told as U+FFFD. */
  readonly path: string;
  /** `DifferenceKind`; a newer version may have more. */
  readonly what: readonly string[];
}

/** What comparing came to. */
export interface VerifyReport {
  readonly subvolume: string;
  /** As it was asked for. */
  readonly level: ProofLevel;
  readonly share: number | null;
  /** One for each replica. */
  readonly results: readonly VerifyResult[];
}

const BARRED =
  'It is kept, and nothing is built on it any more: the next snapshot is sent on an older one that it is not made of, or in full. It may be the better one: look at the disk and the memory of both servers.';

/** `2 files differ, such as mail/inbox (size)`. */
export function differenceWords({
  differenceCount,
  differences,
}: Pick<VerifyResult, 'differenceCount' | 'differences'>): string {
  const first = differences.find(isOfContent) ?? differences[0];
  const example = first ? `, such as ${first.path || 'the top directory'} (${first.what.join(', ')})` : '';
  return differenceCount === 1 ? `one file differs${example}` : `${differenceCount} files differ${example}`;
}

/** What is told of a replica whose content is not what its source is. */
export const differsFault = (result: VerifyResult): Fault => {
  const { server, path, snapshot } = result;
  return fault(
    'verify-failed',
    `${path ?? snapshot ?? 'The replica'} on ${server} is not what it was made of: ${differenceWords(result)}.`,
    BARRED,
    { server },
  );
};

/** What a receive itself gives to all that it makes, where a directory there has one. */
const GIVEN = new Set(['acl', 'properties']);

const HOW_GIVEN =
  'Where a directory has a default access list or a property, as of compression, "btrfs receive" gives it to all that it makes, so another send would be no better.';
const TIME_DIFFERS = 'A file of another time may have other content: compare it with --level content.';

/** What is told of one where attributes alone differ: it is built on as before. */
export const attributesFault = (result: VerifyResult): Fault => {
  const { server, path, snapshot, differences, level } = result;
  const kinds = new Set(differences.flatMap(({ what }) => what));
  const hints = [
    'It is built on as before. Whoever restores from it should set them again.',
    ...([...kinds].some((kind) => GIVEN.has(kind)) ? [HOW_GIVEN] : []),
    ...(level !== 'content' && kinds.has('mtime') ? [TIME_DIFFERS] : []),
  ];
  return fault(
    'verify-failed',
    `${path ?? snapshot ?? 'The replica'} on ${server} has other attributes than its source: ${differenceWords(result)}.`,
    hints.join('\n'),
    { server },
  );
};

/** Null: there is nothing to tell of what was found. */
export function foundFault(result: VerifyResult): Fault | null {
  if (result.status === 'different') return differsFault(result);
  return result.status === 'attributes' ? attributesFault(result) : null;
}

/** The worst are the first: where these are harmless, all are. */
const isFine = ({ status, differences }: VerifyResult): boolean =>
  status === 'same' || (status === 'attributes' && differences.every(isHarmless));

const faultsOf = ({ results }: VerifyReport): Fault[] =>
  results.flatMap((one) => [
    ...(isFine(one) ? [] : [foundFault(one)].filter((why) => why !== null)),
    ...(one.fault === null ? [] : [one.fault]),
  ]);

const outcomeOf = ({ results }: VerifyReport): RunOutcome => {
  if (results.some(({ fault: why }) => why?.code === 'cancelled')) return 'cancelled';
  return results.every(isFine) ? 'ok' : 'failed';
};

export const VERIFY: RunSpec<VerifyRequest, VerifyReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: () => null,
  targets: none,
  snapshots: ({ pairs }) => [...new Set((pairs ?? []).map(({ snapshot }) => snapshot))],
  told: ({ results }) => ({ ...TOLD_NOTHING, servers: [...new Set(results.map(({ server }) => server))] }),
  sent: () => null,
  faults: faultsOf,
  outcome: outcomeOf,
};
