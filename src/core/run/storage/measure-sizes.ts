/**
 * Measures what subvolumes and snapshots take up: from quota groups where quotas are on, else by walking over their
 * files, within a budget of time. It never switches quotas on, and what it did not get to stays unknown.
 */

import { duCommand } from '../../btrfs/ask/storage-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { parseDuLine } from '../../btrfs/read/sizes.ts';
import { eachLine, MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host, StreamOptions } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { FilesystemStorage, MeasuredSize, SubvolumeSize } from '../../model/storage.ts';
import type { Fleet } from '../ground/fleet.ts';

/** One thing to measure, on one filesystem of one server. */
export interface Measurable {
  readonly id: number;
  readonly uuid: string;
  /** Absolute. */
  readonly path: string;
  readonly readOnly: boolean;
  /** Subvolumes right inside it: a walk over its files counts them, so they are walked too, and taken off. */
  readonly inside: readonly Pick<Measurable, 'uuid' | 'path'>[];
}

export interface Measured {
  /** By uuid. */
  readonly sizes: ReadonlyMap<string, MeasuredSize>;
  /** Why some are missing; null: none are. */
  readonly fault: Fault | null;
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Seconds for walking over files, up to `LONGEST_BUDGET`; what is not measured by then is not known. */
  readonly budgetSeconds?: number;
  /** Everything is measured now, whatever is known. */
  readonly fresh?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Seconds: a week. A timer of Node takes no more than 24 days, and ends at once with more. */
export const LONGEST_BUDGET = 604_800;

const BUDGET_SECONDS = 60;
/** Seconds for which the size of a snapshot is taken as it is, as long as none of its family was made or deleted. */
const FRESH_SECONDS = 3600;
/** Paths in one command: enough to need few of them, and far below the longest line a server takes. */
const AT_ONCE = 200;
/** A line for each path. */
const DU_BOUND = { bytes: 4 * MIB, lines: true };

/** `family`: a word for the subvolumes that share data with these, another one when one was made or deleted. */
export async function measureSizes(
  fleet: Fleet,
  host: Host,
  storage: FilesystemStorage | null,
  wanted: readonly Measurable[],
  { family, ...options }: MeasureOptions & { readonly family: string },
): Promise<Measured> {
  const measuredAt = isoTime(fleet.clock.now());
  const groups = storage?.qgroups.ok === true ? storage.qgroups.value : null;
  const sizes = new Map<string, MeasuredSize>();
  for (const { id, uuid } of wanted) {
    const size = groups?.get(id);
    if (size) sizes.set(uuid, { uuid, ...size, source: 'qgroups', measuredAt });
  }
  const left = wanted.filter(({ uuid }) => !sizes.has(uuid));
  if (options.fresh !== true) for (const size of freshOnes(fleet, left, family)) sizes.set(size.uuid, size);
  const walked = new Map<string, SubvolumeSize>();
  const paths = toWalk(left.filter(({ uuid }) => !sizes.has(uuid)));
  const why = await walk(host, paths, options, (one, size) => {
    walked.set(one.uuid, size);
    options.onProgress?.(sizes.size + walked.size, sizes.size + paths.length);
  });
  for (const one of left) {
    const size = ownSize(one, walked);
    if (size) sizes.set(one.uuid, { uuid: one.uuid, ...size, source: 'du', measuredAt });
  }
  const news = [...sizes.values()].filter((size) => size.measuredAt === measuredAt);
  // What deleted ones still share is nobody's in a moment: such figures are kept to be seen, and not to be taken again.
  const isSettled = storage?.beingDeleted === 0;
  fleet.journal.saveSizes(news.map((size) => (isSettled ? { ...size, family } : size)));
  return { sizes, fault: why };
}

/** What is inside goes first: all of it is needed, and it is of the same moment. */
const toWalk = (wanted: readonly Measurable[]): Walked[] => {
  const all = [...wanted.flatMap(({ inside }) => inside), ...wanted];
  return [...new Map(all.map((one) => [one.uuid, one])).values()];
};

/** Null: it, or something inside it, was not walked. Files in use change meanwhile: it is never less than nothing. */
function ownSize(
  { uuid, inside }: Measurable,
  walked: ReadonlyMap<string, SubvolumeSize>,
): SubvolumeSize | null {
  let rest = walked.get(uuid);
  for (const one of inside) {
    const other = walked.get(one.uuid);
    if (rest === undefined || other === undefined) return null;
    rest = {
      referencedBytes: Math.max(0, rest.referencedBytes - other.referencedBytes),
      exclusiveBytes: Math.max(0, rest.exclusiveBytes - other.exclusiveBytes),
    };
  }
  return rest ?? null;
}

/**
 * Of a subvolume in use nothing that was measured stays true; what a snapshot holds alone is more once another one is
 * deleted. What came from quota groups is theirs to tell anew.
 */
function freshOnes(fleet: Fleet, wanted: readonly Measurable[], family: string): MeasuredSize[] {
  const since = isoTime(fleet.clock.now() - FRESH_SECONDS * 1000);
  const readOnly = wanted.filter((one) => one.readOnly).map(({ uuid }) => uuid);
  const known = [...fleet.journal.sizesOf(readOnly).values()];
  return known.filter((one) => one.source === 'du' && one.family === family && one.measuredAt >= since);
}

type Walked = Pick<Measurable, 'uuid' | 'path'>;

type OnSize = (one: Walked, size: SubvolumeSize) => void;

async function walk(
  host: Host,
  wanted: readonly Walked[],
  { signal, budgetSeconds = BUDGET_SECONDS }: MeasureOptions,
  onSize: OnSize,
): Promise<Fault | null> {
  const budget = AbortSignal.timeout(budgetSeconds * 1000);
  const limit = { of: 'whole', seconds: budgetSeconds } as const;
  const options = { limit, signal: AbortSignal.any([signal, budget]) };
  let done = 0;
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const part = wanted.slice(at, at + AT_ONCE);
    const why = await walkSome(host, part, options, (one, size) => {
      done += 1;
      onSize(one, size);
    });
    if (budget.aborted && !signal.aborted) return outOfTime(host, wanted.length - done, budgetSeconds);
    if (why) return why;
  }
  return null;
}

/** The lines come as each path is done, in their order, so that what was measured before a break is kept. */
async function walkSome(
  host: Host,
  part: readonly Walked[],
  options: StreamOptions,
  onSize: OnSize,
): Promise<Fault | null> {
  const stream = await host.stream(duCommand(part.map(({ path }) => path)), options);
  if (!stream.ok) return stream.fault;
  stream.value.stdin.end();
  let odd: Fault | null = null;
  const waiting = new Map(part.map((one) => [one.path, one]));
  const onLine = (line: string): void => {
    const read = parseDuLine(line);
    if (!read.ok) odd ??= read.fault;
    if (!read.ok || read.value === null) return;
    const one = waiting.get(read.value.path);
    if (one && waiting.delete(one.path)) onSize(one, read.value.size);
  };
  const about = { server: host.server.name, label: 'btrfs filesystem du', bound: DU_BOUND };
  const end = await readOutput(stream.value, about, eachLine(onLine));
  if (!end.ok) return end.fault;
  if (odd !== null) return odd;
  const [missing] = waiting.keys();
  if (end.value.code === 0 && missing === undefined) return null;
  const subject = `the size of ${missing ?? part[0]?.path ?? 'a snapshot'}`;
  const server = host.server.name;
  return classify({
    command: 'measure',
    stderr: stream.value.stderr(),
    code: end.value.code,
    server,
    sudoers: host.facts.sudoers,
    subject,
  });
}

const outOfTime = ({ server }: Host, count: number, seconds: number): Fault =>
  fault(
    'stalled',
    `${count} of the sizes on ${server.name} were not measured within ${seconds} s.`,
    'What was measured is kept, so asking again goes on from there. Where quotas are on, no file has to be walked.',
    { server: server.name },
  );
