/** Decides what the output of the inventory script says of a server; a part that is missing becomes a fault there. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Mount, Space } from '../../model/inventory.ts';
import type { KnownPlaces } from '../../model/place.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { MARKS_UNREADABLE, NOT_A_DIRECTORY } from '../ask/inventory-script.ts';
import { parseMarks } from '../ask/marks.ts';
import { classify, lastOf } from '../messages/classify.ts';
import { escaped } from '../messages/escaped.ts';
import { parseAutomounts } from './automounts.ts';
import { type FindmntRow, parseFindmnt } from './findmnt.ts';
import { parseListing } from './listing.ts';
import { type MountRow, type MountTree, mountTree, parseMountinfoLine } from './mountinfo.ts';
import { compareForFilesystem, type Reach } from './place-subvolumes.ts';
import { parseSections, type Section, sectionFinder } from './sections.ts';

export interface InventoryOutput {
  readonly server: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** The one the command was built with. */
  readonly nonce: string;
  /** What it wrote to stdout. */
  readonly output: string;
  /** Whom btrfleet logs in as, for the sudoers line in a hint. */
  readonly sudoers?: readonly string[];
  /** What an output of the same `unsizedOutput` meant: only the sizes are read. */
  readonly known?: Inventory;
  /** By uuid of a filesystem: by which paths people know what is on it. */
  readonly places?: (filesystem: string) => KnownPlaces;
  /** Automounts the command was told to leave alone. */
  readonly leftAlone?: readonly string[];
}

/** The output without what is new at every look, in pieces: the nonce, and how full filesystems are. */
export function unsizedOutput(nonce: string, output: string): string[] {
  const from = output.indexOf(`${nonce} findmnt\n`);
  const to = output.indexOf(`${nonce} end `, from);
  if (from === -1 || to === -1) return [output];
  const unsized = output.slice(from, to).replace(/"(?:size|used|avail)":\s*(?:"\d*"|\d+|null)/g, '');
  return [output.slice(0, from), unsized, output.slice(to)].map((part) => part.replaceAll(nonce, ''));
}

/** Far more than any server has. */
const MOST_MOUNTS = 10_000;

/** Faults: listing-failed, when the output is cut, is not the script's, or tells of more than 10,000 mounts. */
export function parseInventory(about: InventoryOutput): Result<Inventory> {
  const { server, takenAt, nonce, output } = about;
  const sections = parseSections(nonce, output);
  const mountinfo = sections.find(({ title }) => title[0] === 'mountinfo');
  if (mountinfo?.code !== 0 || sections.some(({ code }) => code === null)) return failed(cut(server, output));
  if (mountinfo.lines.length > MOST_MOUNTS) return failed(manyMounts(server));
  const rows = mountinfo.lines.map(parseMountinfoLine);
  const known = rows.filter((row) => row !== null);
  const { problems, ...read } = tables(sections, server);
  const before = new Map(about.known?.filesystems.map((one) => [`${one.uuid} ${one.mount}`, one]));
  const look: Look = { ...about, sectionOf: sectionFinder(sections), before, ...mountTree(known), ...read };
  const { leftAlone = [] } = about;
  const walked = parseAutomounts(known, look.mountAt, look.sectionOf, {
    server,
    leftAlone: new Set(leftAlone),
  });
  problems.push(...walked.problems);
  rows.forEach((row, index) => {
    if (row === null) problems.push(oddMount(mountinfo.lines[index] ?? '', server));
  });
  const filesystems: Filesystem[] = [];
  for (const [device, mounted] of byDevice(known.filter(({ type }) => type === 'btrfs'))) {
    const { usable, problems: unusable } = usableMounts(mounted, look);
    problems.push(...unusable);
    if (usable.length === 0) continue;
    const filesystem = filesystemOf(device, usable, look);
    if (filesystem.ok) filesystems.push(filesystem.value);
    else problems.push(filesystem.fault);
  }
  const { automounts } = walked;
  return ok({ server, takenAt, filesystems, problems, ...(automounts.length > 0 ? { automounts } : {}) });
}

interface Look extends InventoryOutput, MountTree {
  readonly sectionOf: ReturnType<typeof sectionFinder>;
  /** By device. */
  readonly findmnt: ReadonlyMap<string, readonly FindmntRow[]>;
  /** Of `known`, by uuid and mount. */
  readonly before: ReadonlyMap<string, Filesystem>;
  /** Kernel name of a block device → uuid of the btrfs it belongs to. */
  readonly uuids: ReadonlyMap<string, string>;
}

function tables(sections: readonly Section[], server: string) {
  const section = sections.find(({ title }) => title[0] === 'findmnt');
  const findmnt = parseFindmnt(section?.lines.join('\n') ?? '');
  const nothing = section?.lines.length === 0 && section.errors.length === 0;
  const problems: Fault[] = [];
  if (section?.code === 127) problems.push(noFindmnt(server));
  else if (findmnt === null && !nothing) problems.push(oddFindmnt(section, server));
  const devices = sections.find(({ title }) => title[0] === 'devices')?.lines ?? [];
  const uuids = new Map(
    devices.flatMap((line) => {
      const [, uuid, device] = /^\/sys\/fs\/btrfs\/([0-9a-f-]{36})\/devices\/([^/]+)$/.exec(line) ?? [];
      return uuid === undefined || device === undefined ? [] : [[device, uuid] as const];
    }),
  );
  return { findmnt: byDevice(findmnt ?? []), uuids, problems };
}

const byDevice = <T extends { readonly device: string }>(rows: readonly T[]): Map<string, T[]> =>
  Map.groupBy(rows, ({ device }) => device);

/** Those a path leads into and that are directories; a file can be a bind mount, too. */
function usableMounts(mounted: readonly MountRow[], { sectionOf, mountAt, server }: Look) {
  const problems: Fault[] = [];
  const usable = mounted.filter((row) => {
    if (mountAt(row.path) !== row) return false;
    const marks = sectionOf('marks', row.id);
    if (marks?.code === NOT_A_DIRECTORY) return false;
    if (/[\n\ufffd]/.test(row.path)) problems.push(unsupportedMount(row.path, server));
    else if (row.path.length > LONGEST_PATH) problems.push(longMount(row.path, server));
    else if (row.root.endsWith('//deleted')) problems.push(deletedMount(row.path, server));
    else return true;
    return false;
  });
  return { usable, problems };
}

function filesystemOf(device: string, rows: readonly MountRow[], look: Look): Result<Filesystem> {
  const { server, findmnt } = look;
  const reaches = rows.map(
    (row, order): Reach => ({ mount: mountOf(row), order, leadsHere: (path) => !look.hides(row, path) }),
  );
  const mounts = reaches.map(({ mount }) => mount).sort(compareForFilesystem);
  const mount = mounts[0]?.path ?? '';
  const sized = findmnt.get(device) ?? [];
  const uuid = sized.find((row) => row.uuid !== null)?.uuid ?? uuidOfSource(device, look);
  if (uuid === null) return failed(noUuid(mount, server));
  const space = sized.find(({ path }) => path === mount)?.space ?? NO_SPACE;
  const before = look.before.get(`${uuid} ${mount}`);
  if (before) return ok({ ...before, space });
  const listing = parseListing(device, rows, reaches, { ...look, knownPlaces: look.places?.(uuid) });
  const marks = marksOf(rows, look);
  return ok({
    uuid,
    mount,
    mounts,
    space,
    listing: listing.ok ? ok(listing.value.subvolumes) : listing,
    receiving: marks.receiving,
    owners: marks.owners,
    problems: [...(listing.ok ? listing.value.problems : []), ...marks.problems],
  });
}

const NO_SPACE: Space = { sizeBytes: null, usedBytes: null, freeBytes: null };

const mountOf = ({ path, root, readOnly, subvolumePath }: MountRow): Mount => ({
  path,
  root,
  readOnly,
  bind: subvolumePath !== null && subvolumePath !== root,
});

function uuidOfSource(device: string, { sectionOf, uuids }: Look): string | null {
  const source = sectionOf('source', device)?.lines[0] ?? '';
  return uuids.get(source.slice(source.lastIndexOf('/') + 1)) ?? null;
}

function marksOf(rows: readonly MountRow[], { sectionOf, server }: Look) {
  const receiving = new Set<string>();
  const owners: Record<string, readonly string[]> = {};
  const problems: Fault[] = [];
  for (const { id, path } of rows) {
    const section = sectionOf('marks', id);
    if (section?.code !== 0) problems.push(noMarks(path, section, server));
    const marks = parseMarks(path, section?.lines ?? []);
    for (const replica of marks.receiving) receiving.add(replica);
    for (const [directory, sources] of Object.entries(marks.owners)) owners[directory] = sources;
  }
  return { receiving: [...receiving], owners, problems };
}

const cut = (server: string, output: string): Fault =>
  fault(
    'listing-failed',
    `The answer of ${server} to "what is mounted there" is not complete: ${escaped(lastOf(output))}`,
    'Look again; if it stays, check that the login shell there runs "sh -c" and that /proc is mounted.',
    { server, retry: true },
  );

const oddMount = (line: string, server: string): Fault =>
  fault(
    'listing-failed',
    `A line of /proc/self/mountinfo was not understood: ${escaped(line)}`,
    'Look again.',
    {
      server,
    },
  );

const manyMounts = (server: string): Fault =>
  fault(
    'listing-failed',
    `${server} has more than ${MOST_MOUNTS} mounts, which is more than btrfleet looks through.`,
    'Look at "wc -l /proc/self/mountinfo" there: something may be mounting again and again.',
    { server },
  );

const noFindmnt = (server: string): Fault =>
  fault(
    'tool-missing',
    `There is no findmnt on ${server}, so free space is not known.`,
    'Install util-linux there: "apt install util-linux", "dnf install util-linux" or "apk add findmnt".',
    { server },
  );

const oddFindmnt = (section: Section | undefined, server: string): Fault =>
  fault(
    'listing-failed',
    `findmnt on ${server} did not tell sizes: ${escaped(lastOf(section?.errors.join('\n') ?? ''))}`,
    'Run "findmnt -t btrfs -J" there; it needs util-linux 2.27 or later.',
    { server },
  );

/** PATH_MAX: the kernel takes no longer one from a command. */
const LONGEST_PATH = 4095;

const longMount = (path: string, server: string): Fault =>
  fault(
    'unsupported-name',
    `The mount point ${escaped(path)} is longer than ${LONGEST_PATH} bytes and is not used.`,
    'Mount the filesystem somewhere else, too.',
    { server },
  );

const unsupportedMount = (path: string, server: string): Fault =>
  fault(
    'unsupported-name',
    `The mount point ${escaped(path)} has a line break or invalid UTF-8 in its name and is not used.`,
    'Mount the filesystem somewhere else, too.',
    { server },
  );

const deletedMount = (path: string, server: string): Fault =>
  fault(
    'not-mounted',
    `What was mounted on ${escaped(path)} has been deleted.`,
    `Unmount it: umount ${quoteWord(path)}`,
    {
      server,
    },
  );

const noUuid = (mount: string, server: string): Fault =>
  fault(
    'listing-failed',
    `The uuid of the filesystem on ${escaped(mount)} could not be found out.`,
    'Check that /sys/fs/btrfs can be read there.',
    { server },
  );

const noMarks = (path: string, section: Section | undefined, server: string): Fault =>
  section?.code === MARKS_UNREADABLE
    ? fault(
        'listing-failed',
        `${escaped(path)} or its .snapshots cannot be entered, so it is not known what is being received there.`,
        `Let the user btrfleet logs in as enter it: chmod o+x ${quoteWord(path)} ${quoteWord(`${path}/.snapshots`)}`,
        { server },
      )
    : classify({
        command: 'list',
        stderr: section?.errors.join('\n') ?? '',
        code: section?.code ?? null,
        server,
        subject: `${path}/.snapshots/.btrfleet`,
      });
