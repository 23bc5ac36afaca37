/** Decides what bringing files came to, from what the server said of it. */
import { orderOf } from '../../btrfs/extract/orders.ts';
import type { SaidPlaced, SaidRefused } from '../../btrfs/extract/said.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { command } from '../../model/command-line.ts';
import { beforeName, type ExtractOrders, keptName } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { ExtractReport } from '../../model/runs/extract.ts';
import { joinPath } from '../../model/snapshot.ts';
import { lacksTool, rootLines } from './faults.ts';
import { namedPath } from './named-path.ts';
import type { PlannedExtract } from './plan-now.ts';

/** Of what could not be done, so many are told. */
const MOST_MISSED = 100;

export interface Carried {
  readonly planned: PlannedExtract;
  readonly said: Exclude<SaidPlaced, SaidRefused>;
  /** What could not be kept of what came. */
  readonly warnings: readonly string[];
  readonly wireBytes: number;
  /** The number of the run. */
  readonly run: number;
}

export function extractReport({ planned, said, wireBytes, warnings, run }: Carried): ExtractReport {
  const { request, plan, target } = planned;
  const { subvolume, server, to, source, from, at } = request;
  const { kept, root } = target;
  const path = kept && joinPath(kept.snapshots, beforeName(at));
  const skipped = plan.rows.flatMap(({ path: below, why }) =>
    why === null ? [] : [{ ...namedPath(joinPath(root, below)), why }],
  );
  const late =
    said.kind === 'placed' && said.isKept ? [{ ...namedPath(joinPath(root, keptName(at))), why: LATE }] : [];
  const partial = warnings.map((line) => partialOf(root, line));
  const alone =
    request.undo === undefined
      ? []
      : plan.parted.map((name) => ({ ...namedPath(joinPath(root, name)), why: ALONE }));
  const missed = [...late, ...missedOf(planned, said), ...partial, ...alone, ...skipped];
  const lost = said.kind === 'placed' ? stepsOf(plan.orders) - said.done : 0;
  const missedCount = lost + late.length + partial.length + alone.length + plan.counts.skipped;
  const base = {
    ...{ subvolume, server, to, source, from, counts: plan.counts, bytes: plan.bytes, wireBytes },
    before: path === null ? null : { path, uuid: said.before },
    ...{ missed: missed.slice(0, MOST_MISSED), missedCount },
  };
  if (said.kind === 'unknown') return { ...base, outcome: 'unknown', fault: unknownFault(planned, run) };
  if (missedCount === 0) return { ...base, outcome: 'restored', fault: null };
  return { ...base, outcome: 'partly', fault: partFault(planned, said, missedCount, run) };
}

/** Tar names it in different ways, and escapes it: what is told is all that it wrote. */
function partialOf(root: string, line: string): ExtractReport['missed'][number] {
  const [, , name = ''] = /(for file '|^tar: )\.\/([^':]*)/.exec(line) ?? [];
  const path = name === '' ? root : joinPath(root, name);
  return { ...namedPath(path), why: `it came, but not all that it was: ${line.replace(/^tar: /, '')}` };
}

const ALONE = 'it had further names, which were not changed: it is back as a file of its own';

export const LATE =
  'it holds what was written there meanwhile, or a subvolume that was made; look at it, then delete it';

type Placed = Extract<SaidPlaced, { kind: 'placed' }>;

/** What the server counts one by one. */
export const stepsOf = ({ places }: ExtractOrders): number =>
  places.reduce(
    (sum, { removes, creates, replaces, keeps }) =>
      sum + removes.length + creates.length + replaces.length + (keeps ? 1 : 0),
    0,
  );

function missedOf({ plan, target }: PlannedExtract, said: SaidPlaced): ExtractReport['missed'] {
  if (said.kind !== 'placed') return [];
  return said.missed.flatMap(({ lines, said: text }) =>
    orderOf(plan.orders, new Set(lines)).map(({ path, word }) => ({
      ...namedPath(joinPath(target.root, path)),
      why: whyMissed(word, text),
    })),
  );
}

function whyMissed(word: string, text: string): string {
  const way = /^btrfleet-way (\w+)/.exec(text);
  if (way) return WAYS[way[1] ?? ''] ?? 'the way to it led to another place a moment later';
  if (text !== '') return text.split('\n')[0] ?? text;
  return word === 'C' ? 'something of that name was made meanwhile, and is left' : 'it is still there';
}

const WAYS: Readonly<Record<string, string>> = {
  link: 'a symbolic link is in the way to it',
  gone: 'its directory is not there any more',
  closed: 'its directory could not be entered',
  file: 'its directory is none any more',
  mounted: 'something is mounted on it, in it or on the way to it',
  changed: 'it was changed after it was planned, and is left as it is',
  staged: 'it was not staged',
  left: 'what is in its place was left',
};

function partFault(planned: PlannedExtract, said: Placed, count: number, run: number): Fault {
  const { target, request } = planned;
  const server = target.host.server.name;
  const [first] = said.missed;
  const why = first && first.said !== '' && !first.said.startsWith('btrfleet-way') ? first.said : null;
  const seen =
    why === null
      ? null
      : classify({ command: 'rename', code: 1, stderr: why, server, subject: target.root, sudoers: [] });
  const all = planned.plan.counts.created + planned.plan.counts.replaced + planned.plan.counts.removed;
  const far =
    said.undone > 0
      ? ` It stopped there: ${said.done} of its steps were done, ${said.undone} were not begun.`
      : '';
  const code = seen?.code === 'no-space' || seen?.code === 'read-only-filesystem' ? seen.code : 'refused';
  return fault(
    code,
    `${count} of ${all + planned.plan.counts.skipped} could not be brought back as ${request.from.name} has them.${far}`,
    `What is named above says why.${target.kept === null ? '' : ` To take back what was done: ${command('restore', 'undo', String(run))}`}`,
    { server, retry: false },
  );
}

const unknownFault = ({ target, request }: PlannedExtract, run: number): Fault => {
  const server = target.host.server.name;
  return fault(
    'interrupted',
    `How far ${request.from.name} was brought back on ${server} is not known: the server did not say.`,
    target.kept === null
      ? 'Look what is there; start it again when you want it.'
      : `What was there before is kept. Start it again, or take it back: ${command('restore', 'undo', String(run))}`,
    { server, retry: true },
  );
};

/** Nothing that was there was changed. */
export function refusedFault(planned: PlannedExtract, { why, tool, said }: SaidRefused): Fault {
  const { target, source, request } = planned;
  const server = target.host.server.name;
  const about = { server };
  const failure = (subject: string, kind: 'snapshot' | 'mkdir' | 'rename'): Fault => {
    const found = classify({
      command: kind,
      code: 1,
      stderr: said,
      server,
      subject,
      sudoers: rootLines(target.host),
    });
    return { ...found, message: `${found.message} Nothing that was there was changed.` };
  };
  switch (why) {
    case 'lacks':
      return lacksTool(server, tool);
    case 'changed':
      return isAnother(planned);
    case 'locked':
      return fault(
        'locked',
        `Somebody else is bringing files to ${target.root} on ${server} at this moment.`,
        'Try again when it is done.',
        about,
      );
    case 'source':
      return fault(
        'no-such-snapshot',
        `${source.path} on ${server} is not there any more, or is another one than it was.`,
        'List the snapshots again, and take one that is there.',
        about,
      );
    case 'taken':
      return fault(
        'name-taken',
        `There is a ${beforeName(request.at)} on ${server} already. Nothing was done.`,
        'Try again.',
        about,
      );
    case 'room':
      return noRoom(planned);
    case 'before':
      return failure(target.root, 'snapshot');
    case 'stage':
    case 'copy':
    case 'unpack':
      return failure(target.root, 'mkdir');
    case 'cut':
    case 'gone':
    case 'kept':
      return fault(
        'interrupted',
        `It was cut off on ${server} before anything that was there was changed.`,
        'Start it again.',
        { server, retry: true },
      );
  }
}

export const noRoom = ({ plan, target, request }: PlannedExtract): Fault =>
  fault(
    'no-space',
    `${plan.bytes} bytes are to come to ${target.root} on ${target.host.server.name}, and ${target.freeBytes} are free. Nothing was done.`,
    `Free some, bring fewer of ${request.from.name}, or choose "--overwrite if-changed".`,
    { server: target.host.server.name },
  );

export const isAnother = ({ target, request }: Pick<PlannedExtract, 'target' | 'request'>): Fault =>
  fault(
    'refused',
    `${target.root} on ${target.host.server.name}, or the snapshot ${request.from.name}, is another one than when it was planned. Nothing was done.`,
    'Plan it again, look at it, and start that.',
    { server: target.host.server.name },
  );
