/** Has what comes staged on the server it goes to, from the same filesystem or as a stream through this process, and placed. */

import { nonceInput } from '../../btrfs/ask/part-script.ts';
import type { ExtractWhere } from '../../btrfs/extract/head.ts';
import { ordersInput } from '../../btrfs/extract/orders.ts';
import { PACK_CHANGED, PACK_LACKS, packCommand, packInput } from '../../btrfs/extract/pack-script.ts';
import { placeCommand } from '../../btrfs/extract/place-script.ts';
import { parsePlaced, parseStaged, type SaidPlaced, type SaidStaged } from '../../btrfs/extract/said.ts';
import { type StageOrder, stageCommand, unstageCommand } from '../../btrfs/extract/stage-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { MIB, readOutput, wholeText } from '../../hosts/port/bounded-output.ts';
import type { Host, HostStream } from '../../hosts/port/host.ts';
import { cancelledFault } from '../../hosts/port/stream-faults.ts';
import { beforeName, stageName } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Fleet } from '../ground/fleet.ts';
import { nap } from '../ground/nap.ts';
import { FanOut } from '../replication/paths/fan-out.ts';
import { lacksTool, rootLines } from './faults.ts';
import type { PlannedExtract } from './plan-now.ts';
import { mostBytesOf, StreamWatch } from './stream-watch.ts';

/** Seconds: a million files, on a disk that is slow. */
const PATIENCE = 6 * 3600;
/** Seconds without a byte, after which a stream is given up. */
const STALL = 900;
const BOUND = { bytes: 16 * MIB, lines: false };
/** Milliseconds before each try to find out what came of one whose server did not say. */
const TRIES = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Where it is done, and by which name. */
type PlacedExtract = Pick<PlannedExtract, 'request' | 'target'>;

export interface Staged {
  readonly said: SaidStaged;
  /** Bytes that were sent. */
  readonly wireBytes: number;
}

export const whereOf = ({ request, target }: PlacedExtract): ExtractWhere => ({
  root: target.root,
  live: target.kept?.uuid ?? null,
  stage: stageName(request.at),
  isOwn: target.isOwn,
});

/** For all that comes, were it copied. */
export const hasRoom = ({ plan, target: { freeBytes } }: PlannedExtract): boolean =>
  freeBytes === null || plan.bytes <= freeBytes;

/** Nothing that is there is changed by it. Faults: of the connections, of the sender, cancelled; what was staged is gone then. */
export async function stage(
  fleet: Fleet,
  planned: PlannedExtract,
  signal: AbortSignal,
): Promise<Result<Staged>> {
  const staged = await (planned.isReflink ? stageHere : stageStream)(fleet, planned, signal);
  if (!staged.ok) return failed(await cleared(fleet, planned, staged.fault));
  if (staged.value.said.kind === 'unknown') await unstage(fleet, planned);
  return staged;
}

/** What has it staged, and what that reads first. */
function staging(fleet: Fleet, planned: PlannedExtract, from: Pick<StageOrder, 'source' | 'mayCopy'>) {
  const nonce = fleet.nonce();
  const orders = ordersInput(planned.plan.orders);
  const command = stageCommand({ ...whereOf(planned), ...from, ordersBytes: orders.length });
  return { nonce, command, input: Buffer.concat([Buffer.from(nonceInput(nonce)), orders]) };
}

async function stageHere(
  fleet: Fleet,
  planned: PlannedExtract,
  signal: AbortSignal,
): Promise<Result<Staged>> {
  const { source, target } = planned;
  const from = { path: source.path, uuid: source.uuid };
  const { nonce, command, input } = staging(fleet, planned, { source: from, mayCopy: hasRoom(planned) });
  const said = await target.host.run(command, { input, timeoutSeconds: PATIENCE, signal });
  if (!said.ok) return said;
  return ok({ said: parseStaged(nonce, said.value.stdout), wireBytes: 0 });
}

/** Only what comes crosses the wire. */
async function stageStream(
  fleet: Fleet,
  planned: PlannedExtract,
  signal: AbortSignal,
): Promise<Result<Staged>> {
  const { source, target } = planned;
  const limit = { of: 'silence', seconds: STALL } as const;
  const { nonce, command, input } = staging(fleet, planned, { source: null, mayCopy: true });
  const sink = await target.host.stream(command, { limit, signal });
  if (!sink.ok) return sink;
  const tar = await source.host.stream(packCommand({ root: source.path, uuid: source.uuid }), {
    limit,
    signal,
  });
  if (!tar.ok) {
    sink.value.stop();
    await sink.value.done;
    return tar;
  }
  const server = target.host.server.name;
  const text = wholeText();
  const received = readOutput(sink.value, { server, label: 'tar', bound: BOUND }, text.add);
  sink.value.stdin.write(input);
  const sent = await send(planned, tar.value, sink.value);
  const ended = await received;
  if (signal.aborted) return failed(cancelledFault(server, 'bringing files'));
  const staged = ended.ok ? parseStaged(nonce, text.text()) : null;
  if (sent.isTooLong) return failed(tooLong(source));
  // Who takes it knows first why it could not be taken.
  if (staged?.kind === 'refused') return ok({ said: staged, wireBytes: sent.bytes });
  if (sent.fault) return failed(sent.fault);
  if (!ended.ok || !staged) return failed(faultOf(ended));
  return ok({ said: sent.hasAccessLists ? staged : withoutAccessLists(staged), wireBytes: sent.bytes });
}

/** Where there is no room for any, tar writes that of each file, whether it has one or not. */
const withoutAccessLists = (staged: SaidStaged): SaidStaged =>
  staged.kind === 'staged'
    ? { ...staged, warnings: staged.warnings.filter((line) => !line.includes('POSIX ACLs')) }
    : staged;

const faultOf = (ended: Result<unknown>): Fault =>
  ended.ok ? fault('command-failed', 'The server did not say that it has all of it.', '') : ended.fault;

/** The sender's own word decides: a stream that ends too early may look whole. */
async function send({ source, plan }: PlannedExtract, tar: HostStream, sink: HostStream): Promise<Sent> {
  const { copies, newDirectories, kept } = plan.orders;
  const watch = new StreamWatch(mostBytesOf(plan), () => {
    tar.stop();
    sink.stop();
  });
  const paths = [...new Set([...newDirectories, ...kept])].toSorted();
  tar.stdin.end(packInput([...paths, ...new Set(copies.flat())]));
  const fan = new FanOut(tar.stdout, [sink.stdin], { onChunk: watch.see });
  const end = await fan.finished;
  if (end !== 'ended') tar.stop();
  const done = await tar.done;
  const { isTooLong, hasAccessLists } = watch;
  const sent = { bytes: fan.readBytes, isTooLong, hasAccessLists };
  // What is staged must not be taken for whole.
  if (!done.ok || done.value.code !== 0) sink.stop();
  if (!done.ok) return { ...sent, fault: done.fault };
  const { code } = done.value;
  return { ...sent, fault: code === 0 ? null : packFault(source, code, tar.stderr()) };
}

interface Sent {
  readonly bytes: number;
  readonly fault: Fault | null;
  readonly isTooLong: boolean;
  readonly hasAccessLists: boolean;
}

const tooLong = ({ host, path }: PlannedExtract['source']): Fault =>
  fault(
    'refused',
    `${host.server.name} sends more than it listed of ${path}. Nothing that was there was changed.`,
    `${host.server.name} is not to be trusted: look at it there.`,
    { server: host.server.name },
  );

function packFault({ host, path }: PlannedExtract['source'], code: number | null, stderr: string): Fault {
  const server = host.server.name;
  if (code === PACK_LACKS) return lacksTool(server, 'tar');
  if (code === PACK_CHANGED) {
    return fault(
      'no-such-snapshot',
      `${path} on ${server} is not there any more, or is another one than it was.`,
      'List the snapshots again, and take one that is there.',
      { server },
    );
  }
  return classify({ command: 'send', code, stderr, server, subject: path, sudoers: rootLines(host) });
}

/** Once begun it is not broken off. */
export async function place(fleet: Fleet, planned: PlannedExtract): Promise<SaidPlaced> {
  const { target, request } = planned;
  const { kept, host } = target;
  const nonce = fleet.nonce();
  const before = kept && { directory: kept.way, name: beforeName(request.at) };
  const command = placeCommand({ ...whereOf(planned), before });
  const said = await host.run(command, { input: nonceInput(nonce), timeoutSeconds: PATIENCE });
  return said.ok ? parsePlaced(nonce, said.value.stdout) : { kind: 'unknown', before: null };
}

/** Takes away what was staged. Where it could not, it is as one that was cut off, so that the next start does it. */
export async function cleared(fleet: Fleet, planned: PlacedExtract, why: Fault): Promise<Fault> {
  const end = await unstage(fleet, planned);
  if (end === 'removed' || end === 'gone') return why;
  const { root, host } = planned.target;
  const left = `What was made ready in ${root} on ${host.server.name} could not be taken away yet; the next start does it.`;
  return { ...why, code: 'interrupted', message: `${why.message} ${left}` };
}

/** `gone`: it is not there, as where all of it was placed; `at-work`: somebody is at it still; `unknown`: no answer. */
export type UnstagedEnd = 'removed' | 'gone' | 'at-work' | 'unknown';

/** As long as a server that is cut off may take to notice. */
export async function unstage(fleet: Fleet, planned: PlacedExtract): Promise<UnstagedEnd> {
  let end: UnstagedEnd = 'unknown';
  for (const wait of [0, ...TRIES]) {
    await nap(wait, new AbortController().signal);
    end = await unstageOnce(fleet, planned);
    if (end === 'removed' || end === 'gone') return end;
  }
  return end;
}

async function unstageOnce(fleet: Fleet, planned: PlacedExtract): Promise<UnstagedEnd> {
  const { target } = planned;
  const host: Result<Host> = target.isOwn
    ? ok(target.host)
    : await fleet.hosts.connect(target.host.server.name);
  if (!host.ok) return 'unknown';
  const nonce = fleet.nonce();
  const said = await host.value.run(unstageCommand(whereOf(planned)), { input: nonceInput(nonce) });
  if (!said.ok) return 'unknown';
  const { stdout } = said.value;
  if (stdout.includes(`\n${nonce} unstaged`)) return 'removed';
  const placed = parsePlaced(nonce, stdout);
  if (placed.kind !== 'refused') return 'unknown';
  if (placed.why === 'locked') return 'at-work';
  // What of it is nowhere else was put aside, and stays.
  if (placed.why === 'kept') return 'removed';
  return placed.why === 'gone' ? 'gone' : 'unknown';
}
