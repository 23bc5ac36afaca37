/** Decides what the output of the storage script says; a part that could not be read is a fault in its place. */
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { FilesystemStorage, StorageLook } from '../model/storage.ts';
import { classify } from './classify.ts';
import { parseDeviceStats } from './parse-device-stats.ts';
import { parseScrub } from './parse-scrub.ts';
import { parseSections, type Section } from './parse-sections.ts';
import { parseQgroups } from './parse-sizes.ts';
import { parseUsage } from './parse-usage.ts';

export interface StorageOutput {
  readonly server: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** Those the command was built with, in its order. */
  readonly filesystems: readonly { readonly uuid: string; readonly mount: string }[];
  readonly nonce: string;
  readonly output: string;
  /** Whom btrfleet logs in as, for the sudoers line in a hint. */
  readonly user: string;
}

export function parseStorage(about: StorageOutput): StorageLook {
  const sections = parseSections(about.nonce, about.output);
  const { server, takenAt, filesystems } = about;
  return {
    server,
    takenAt,
    filesystems: filesystems.map(({ uuid, mount }, index) =>
      storageOf({ uuid, mount, index, sections, about }),
    ),
  };
}

interface Asked {
  readonly uuid: string;
  readonly mount: string;
  readonly index: number;
  readonly sections: readonly Section[];
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
  };
}

/** `quotas` ends with 1 where they are off; where that cannot be told, btrfs was asked all the same. */
function qgroupsOf(asked: Asked): FilesystemStorage['qgroups'] {
  const quotas = find(asked, 'quotas');
  if (quotas?.code === 1) return ok(null);
  const listed = partOf(asked, 'qgroups', 'the quota groups of', parseQgroups);
  const off = find(asked, 'qgroups')?.errors.some((line) => /quotas? not enabled/i.test(line));
  return off === true ? ok(null) : listed;
}

const find = ({ sections, index }: Asked, title: string): Section | undefined =>
  sections.find((section) => section.title[0] === title && section.title[1] === String(index));

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
