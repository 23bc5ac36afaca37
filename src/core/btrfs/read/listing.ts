/** Decides what the four subvolume lists of one filesystem say together, or why they say nothing. */
import { type Fault, fault } from '../../model/fault.ts';
import type { KnownPlaces } from '../../model/place.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { classify } from '../messages/classify.ts';
import { escaped } from '../messages/escaped.ts';
import type { MountRow } from './mountinfo.ts';
import { type Placed, placeSubvolumes, type Reach } from './place-subvolumes.ts';
import type { sectionFinder } from './sections.ts';
import { type ListForm, parseSubvolumeList } from './subvolume-list.ts';
import { trustedSubvolumes } from './trusted-subvolumes.ts';

/** As the inventory script names them → their columns. */
const LISTS: readonly (readonly [string, ListForm])[] = [
  ['ascending', 'full'],
  ['readonly', 'plain'],
  ['snapshots', 'dated'],
  ['descending', 'received'],
];

/** @param rows the usable mounts of the filesystem, in the order of `reaches`. */
export function parseListing(
  device: string,
  rows: readonly MountRow[],
  reaches: readonly Reach[],
  about: {
    readonly server: string;
    readonly sectionOf: ReturnType<typeof sectionFinder>;
    readonly user?: string;
    readonly knownPlaces?: KnownPlaces | undefined;
  },
): Result<Placed> {
  const { server, sectionOf } = about;
  const lists = LISTS.map(([name, form]) => {
    const section = sectionOf(name, device);
    return { section, lines: parseSubvolumeList(form, section?.lines ?? []) };
  });
  const listed = rows.find(({ id }) => id === lists[0]?.section?.title[2]);
  // Through a mount that something hides, another filesystem would have been listed.
  if (listed === undefined) return failed(notListed(rows, server));
  const mount = listed.path;
  for (const { section } of lists) {
    if (section?.code === 0) continue;
    const stderr = section?.errors.join('\n') ?? 'the list is missing';
    return failed(
      classify({ command: 'list', stderr, code: section?.code ?? null, subject: mount, ...about }),
    );
  }
  const [ascending = [], readOnly = [], snapshots = [], descending = []] = lists.map(({ lines }) => lines);
  const trusted = trustedSubvolumes({ ascending, readOnly, snapshots, descending }, { server, mount });
  if (!trusted.ok) return trusted;
  const { subvolumes, problems } = trusted.value;
  const listedFrom = listed.subvolumeId ?? topLevelOf(listed);
  const placed = placeSubvolumes(subvolumes, reaches, listedFrom, server, about.knownPlaces);
  return ok({ subvolumes: placed.subvolumes, problems: [...problems, ...placed.problems] });
}

/** Kernels before 4.2 do not name the subvolume of a mount; then only a mount of the top level is sure. */
const topLevelOf = ({ root }: MountRow): number => (root === '/' ? 5 : Number.NaN);

const notListed = (rows: readonly MountRow[], server: string): Fault =>
  fault(
    'listing-failed',
    `The filesystem on ${escaped(rows[0]?.path ?? '')} could not be listed through any of its mounts.`,
    'Look again; if it stays, something is mounted over it: "findmnt -t btrfs" there shows what.',
    { server, retry: true },
  );
