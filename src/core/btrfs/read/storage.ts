/** Decides what the output of the storage script says; a part that could not be read is a fault in its place. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { FilesystemStorage, StorageLook } from '../../model/storage.ts';
import { classify } from '../messages/classify.ts';
import { escaped } from '../messages/escaped.ts';
import { parseDeviceStats } from './device-stats.ts';
import { parseScrub } from './scrub.ts';
import { parseSections, type Section, sectionFinder } from './sections.ts';
import { parseQgroups } from './sizes.ts';
import { parseUsage } from './usage.ts';

export interface StorageOutput {
  readonly server: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** Those the command was built with, in its order. */
  readonly filesystems: readonly { readonly uuid: string; readonly mount: string }[];
  readonly nonce: string;
  readonly output: string;
  /** For a hint: `facts.sudoers`. */
  readonly sudoers: readonly string[];
}

export function parseStorage(about: StorageOutput): StorageLook {
  const sectionOf = sectionFinder(parseSections(about.nonce, about.output));
  const { server, takenAt, filesystems } = about;
  return {
    server,
    takenAt,
    filesystems: filesystems.map(({ uuid, mount }, index) =>
      storageOf({ uuid, mount, index, sectionOf, about }),
    ),
  };
}

interface Asked {
  readonly uuid: string;
  readonly mount: string;
  readonly index: number;
  readonly sectionOf: ReturnType<typeof sectionFinder>;
  readonly about: StorageOutput;
}

function storageOf(asked: Asked): FilesystemStorage {
  const { uuid, mount } = asked;
  return {
    uuid,
    mount,
    usage: partOf(asked, 'usage', 'the usage of', parseUsage),
    devices: partOf(asked, 'devices', 'the device errors of', parseDeviceStats),
    scrub: partOf(asked, 'scrub', 'the state of the scrub of', parseScrub),
    qgroups: qgroupsOf(asked),
    beingDeleted: beingDeletedIn(asked),
  };
}

/** `subvolume list -d` has a line for each. */
function beingDeletedIn(asked: Asked): number | undefined {
  const deleted = find(asked, 'deleted');
  return deleted?.code === 0 ? deleted.lines.filter((line) => /^ID \d/.test(line)).length : undefined;
}

/**
 * `quotas` ends with 1 where they are off; where that cannot be told, btrfs was asked all the same. Only full quotas that
 * are consistent say what a subvolume takes up; any others are a fault, so that nobody takes their figures for it.
 */
function qgroupsOf(asked: Asked): FilesystemStorage['qgroups'] {
  const quotas = find(asked, 'quotas');
  if (quotas?.code === 1) return ok(null);
  const errors = find(asked, 'qgroups')?.errors ?? [];
  if (errors.some((line) => /quotas? not enabled|quotas? disabled/i.test(line))) return ok(null);
  const told = quotas?.lines ?? [];
  const mode = told.find((line) => line.startsWith('mode '))?.slice('mode '.length) ?? 'qgroup';
  if (mode === 'disabled') return ok(null);
  if (mode !== 'qgroup') return failed(simpleQuotas(asked, mode));
  if (told.includes('inconsistent 1') || errors.some((line) => UNRELIABLE.test(line))) {
    return failed(inconsistentQuotas(asked));
  }
  return partOf(asked, 'qgroups', 'the quota groups of', parseQgroups);
}

/** What btrfs warns of: inconsistent, or a rescan that is running. */
const UNRELIABLE = /qgroup data (?:is )?(?:inconsistent|may be)/i;

/** They count what was written since they were switched on, for whoever wrote it first: snapshots have nothing. */
const simpleQuotas = ({ about: { server }, mount }: Asked, mode: string): Fault =>
  fault(
    'listing-failed',
    `The quotas of ${mount} on ${server} are ${mode === 'squota' ? 'simple ones (squota)' : `of a kind that is not known ("${escaped(mode)}")`}, which do not tell what a snapshot takes up.`,
    'Every file is walked instead; nothing has to be done.',
    { server },
  );

const inconsistentQuotas = ({ about: { server }, mount }: Asked): Fault =>
  fault(
    'listing-failed',
    `The quota groups of ${mount} on ${server} are inconsistent, or just being counted anew.`,
    `Every file is walked instead. To have them counted anew there: "btrfs quota rescan -w ${quoteWord(mount)}".`,
    { server },
  );

const find = ({ sectionOf, index }: Asked, title: string): Section | undefined =>
  sectionOf(title, String(index));

function partOf<T>(
  asked: Asked,
  title: string,
  what: string,
  parse: (lines: readonly string[]) => Result<T>,
): Result<T> {
  const { about, mount } = asked;
  const section = find(asked, title);
  if (section === undefined || section.code === null) return failed(cut(about.server, what, mount));
  if (section.code !== 0) {
    const stderr = section.errors.join('\n');
    const subject = `${what} ${mount}`;
    return failed(classify({ command: 'measure', stderr, code: section.code, ...about, subject }));
  }
  const parsed = parse(section.lines);
  return parsed.ok ? parsed : failed({ ...parsed.fault, server: about.server });
}

const cut = (server: string, what: string, mount: string): Fault =>
  fault(
    'listing-failed',
    `Reading ${what} ${mount} on ${server} broke off.`,
    'Try again; if it happens each time, look at the connection and at the login shell there.',
    { server, retry: true },
  );
