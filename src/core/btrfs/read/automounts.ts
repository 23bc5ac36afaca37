/** Decides what became of the automounts that a look walked into; what did not answer is told, and never "not there". */
import { type Fault, fault } from '../../model/fault.ts';
import type { Automount } from '../../model/inventory.ts';
import { AUTOMOUNT_SECONDS } from '../ask/inventory-script.ts';
import { escaped } from '../messages/escaped.ts';
import type { MountAt, MountRow } from './mountinfo.ts';
import type { Section, sectionFinder } from './sections.ts';

/** What a shell says of a command that a signal of KILL ended, and busybox' `timeout` of its own. */
const KILLED = [137, 124, 143];

export function parseAutomounts(
  rows: readonly MountRow[],
  mountAt: MountAt,
  sectionOf: ReturnType<typeof sectionFinder>,
  { server, leftAlone }: { readonly server: string; readonly leftAlone: ReadonlySet<string> },
): { readonly automounts: readonly Automount[]; readonly problems: readonly Fault[] } {
  const automounts: Automount[] = [];
  const problems: Fault[] = [];
  for (const row of rows.filter(({ type }) => type === 'autofs')) {
    const { path } = row;
    const shown = mountAt(path);
    if (shown !== null && shown !== row) {
      if (shown.type !== 'autofs')
        automounts.push({ path, holds: shown.type === 'btrfs' ? 'btrfs' : 'other' });
      continue;
    }
    const walk = sectionOf('walk', row.id);
    if (walk === undefined) {
      if (leftAlone.has(path)) automounts.push({ path, holds: 'other' });
      continue;
    }
    const isSilent = KILLED.includes(walk.code ?? 0);
    automounts.push({ path, holds: isSilent ? 'silent' : 'nothing' });
    problems.push(unmounted(path, walk, isSilent, server));
  }
  return { automounts, problems };
}

function unmounted(path: string, { code, errors }: Section, isSilent: boolean, server: string): Fault {
  const where = escaped(path);
  if (code === 127)
    return fault(
      'tool-missing',
      `There is no timeout on ${server}, so the automount ${where} was not walked into.`,
      'Install coreutils there, or mount it.',
      { server },
    );
  const said = errors[0] === undefined ? '' : ` ${escaped(errors[0])}`;
  const what = isSilent
    ? `did not answer within ${AUTOMOUNT_SECONDS} s, so it is not known what is there.`
    : `mounted nothing, so what belongs there is not there.${said}`;
  return fault(
    'not-mounted',
    `The automount ${where} on ${server} ${what}`,
    `Is its disk plugged in, and does what mounts it run? Look there with: ls ${where}`,
    { server, retry: true },
  );
}
