/**
 * Measures what subvolumes and snapshots take up: from quota groups where quotas are on, else by walking over their
 * files, within a budget of time. It never switches quotas on, and what it did not get to stays unknown.
 */
import { classify } from '../btrfs/classify.ts';
import { parseDuLine } from '../btrfs/parse-sizes.ts';
import { duCommand } from '../btrfs/storage-script.ts';
import type { Host } from '../hosts/host.ts';
import { isoTime } from '../model/clock.ts';
import { type Fault, fault } from '../model/fault.ts';
import type { FilesystemStorage, MeasuredSize } from '../model/storage.ts';
import type { Fleet } from './fleet.ts';

/** One thing to measure, on one filesystem of one server. */
export interface Measurable {
  readonly id: number;
  readonly uuid: string;
  /** Absolute. */
  readonly path: string;
  readonly readOnly: boolean;
}

export interface Measured {
  /** By uuid. */
  readonly sizes: ReadonlyMap<string, MeasuredSize>;
  /** Why some are missing; null: none are. */
  readonly fault: Fault | null;
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Seconds for walking over files; what is not measured by then is not known. */
  readonly budgetSeconds?: number;
  /** Sizes measured less than so many seconds ago are taken as they are. Default: one hour. */
  readonly freshSeconds?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

const BUDGET_SECONDS = 60;
const FRESH_SECONDS = 3600;
/** Paths in one command: enough to need few of them, and far below the longest line a server takes. */
const AT_ONCE = 200;

export async function measureSizes(
  fleet: Fleet,
  host: Host,
  storage: FilesystemStorage | null,
  wanted: readonly Measurable[],
  options: MeasureOptions,
): Promise<Measured> {
  const measuredAt = isoTime(fleet.clock.now());
  const groups = storage?.qgroups.ok === true ? storage.qgroups.value : null;
  const sizes = new Map<string, MeasuredSize>();
  for (const { id, uuid } of wanted) {
    const size = groups?.get(id);
    if (size) sizes.set(uuid, { uuid, ...size, source: 'qgroups', measuredAt });
  }
  for (const [uuid, size] of freshOnes(fleet, wanted, options)) if (!sizes.has(uuid)) sizes.set(uuid, size);
  const left = wanted.filter(({ uuid }) => !sizes.has(uuid));
  const why = await walk(host, left, options, (one, size) => {
    sizes.set(one.uuid, { uuid: one.uuid, ...size, source: 'du', measuredAt });
    options.onProgress?.(sizes.size, wanted.length);
  });
  fleet.journal.saveSizes([...sizes.values()].filter((size) => size.measuredAt === measuredAt));
  return { sizes, fault: why };
}

/** Of a subvolume in use nothing that was measured stays true. */
function freshOnes(
  fleet: Fleet,
  wanted: readonly Measurable[],
  { freshSeconds = FRESH_SECONDS }: MeasureOptions,
): ReadonlyMap<string, MeasuredSize> {
  const since = isoTime(fleet.clock.now() - freshSeconds * 1000);
  const readOnly = wanted.filter((one) => one.readOnly).map(({ uuid }) => uuid);
  const known = fleet.journal.sizesOf(readOnly);
  return new Map([...known].filter(([, { measuredAt }]) => measuredAt >= since));
}

type OnSize = (
  one: Measurable,
  size: { readonly referencedBytes: number; readonly exclusiveBytes: number },
) => void;

async function walk(
  host: Host,
  wanted: readonly Measurable[],
  { signal, budgetSeconds = BUDGET_SECONDS }: MeasureOptions,
  onSize: OnSize,
): Promise<Fault | null> {
  const budget = AbortSignal.timeout(budgetSeconds * 1000);
  const limit = AbortSignal.any([signal, budget]);
  let done = 0;
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const part = wanted.slice(at, at + AT_ONCE);
    const why = await walkSome(host, part, limit, (one, size) => {
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
  part: readonly Measurable[],
  signal: AbortSignal,
  onSize: OnSize,
): Promise<Fault | null> {
  const stream = await host.stream(duCommand(part.map(({ path }) => path)), { signal });
  if (!stream.ok) return stream.fault;
  stream.value.stdin.end();
  const { stdout } = stream.value;
  stdout.setEncoding('utf8');
  let rest = '';
  let odd: Fault | null = null;
  const waiting = new Map(part.map((one) => [one.path, one]));
  const onLine = (line: string): void => {
    const read = parseDuLine(line);
    if (!read.ok) odd ??= read.fault;
    if (!read.ok || read.value === null) return;
    const one = waiting.get(read.value.path);
    if (one && waiting.delete(one.path)) onSize(one, read.value.size);
  };
  stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  const end = await stream.value.done;
  if (!end.ok) return end.fault;
  if (odd !== null) return odd;
  const [missing] = waiting.keys();
  if (end.value.code === 0 && missing === undefined) return null;
  const subject = `the size of ${missing ?? part[0]?.path ?? 'a snapshot'}`;
  const { name: server, user } = host.server;
  return classify({
    command: 'measure',
    stderr: stream.value.stderr(),
    code: end.value.code,
    server,
    user,
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
