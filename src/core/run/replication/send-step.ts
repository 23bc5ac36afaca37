/**
 * Carries one step out for the targets that need the same one: room is checked, one send feeds them all, each is
 * verified by looking, and what a failure leaves behind is removed. One target's failure never touches another's.
 */

import { RECEIVE_WORDS, sendCommand } from '../../btrfs/ask/commands.ts';
import { ownerMarkName, ownerMarksDirectory, receivingMark } from '../../btrfs/ask/marks.ts';
import { markedReceiveCommand } from '../../btrfs/ask/receive-script.ts';
import { spoolOf } from '../../btrfs/ask/spool-script.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { StepLabel } from '../../model/runs/job.ts';
import type { SendStep, TransferOptions } from '../../model/runs/replication.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import { joinPath } from '../../model/snapshot.ts';
import { canSendCompressed } from '../../plan/replication/protocol.ts';
import type { DriverContext } from '../ground/driver.ts';
import { rememberReceived } from '../ground/prove.ts';
import { markSentBack } from './back.ts';
import { checkReceived } from './check-received.ts';
import { markedBase } from './marked-base.ts';
import { type PartialPlace, removePartial, unmark } from './partial.ts';
import type { DataPath, Lane, LaneEnd } from './paths/data-path.ts';
import { sendOf } from './send-of.ts';
import type { Source } from './source.ts';
import { stepResult } from './step-result.ts';
import { checkRoom } from './target-room.ts';
import type { TargetSession } from './target-session.ts';

const UNCOMPRESSED =
  'Sent uncompressed: the kernel or btrfs-progs of one side cannot send compressed extents.';

export interface Sending {
  readonly source: Source;
  readonly options: TransferOptions;
  /** A transfer that moves no byte for this long is given up; how long it takes as a whole has no limit. */
  readonly stallSeconds: number;
  readonly path: DataPath;
  readonly estimate: (step: SendStep, compress: boolean) => Promise<number | null>;
  readonly context: DriverContext;
}

export interface Order {
  readonly step: SendStep;
  readonly label: StepLabel;
  readonly members: readonly TargetSession[];
  /** Bytes already sent to a target in this run: room that the look at it still counts as free. */
  readonly usedBytes: ReadonlyMap<TargetSession, number>;
}

/** What became of the step on one target; `fell-out`: it must be sent to it alone. */
export type StepEnd =
  | { readonly kind: 'result'; readonly result: TargetResult }
  | { readonly kind: 'fell-out' };

/** Each target ends by itself: what becomes of one is known while another is still at it. */
export async function sendStep(
  order: Order,
  sending: Sending,
): Promise<ReadonlyMap<TargetSession, Promise<StepEnd>>> {
  const { clock } = sending.context.fleet;
  const startedAt = clock.now();
  const compress = canCompress(order.members, sending);
  const estimated = await sending.estimate(order.step, compress);
  const ended = (session: TargetSession, sentBytes: number, why: Fault | null): StepEnd => {
    const elapsed = (clock.now() - startedAt) / 1000;
    const result = stepResult(session, order.step, { estimated, sentBytes, elapsed, fault: why });
    return { kind: 'result', result };
  };
  const { members } = order;
  const patient = members.length === 1;
  const full = await Promise.all(
    members.map((session) => {
      const marked =
        order.step.base && markedBase(session.plan, session.place, sending.context.fleet.journal);
      if (marked) return marked;
      const usedBytes = order.usedBytes.get(session) ?? 0;
      return checkRoom(session, { estimated, usedBytes, patient }, sending.context);
    }),
  );
  const ends = new Map<TargetSession, Promise<StepEnd>>();
  for (const [index, session] of members.entries()) {
    const why = full[index];
    if (!why) continue;
    // Alone it may wait for the room of its removed partial without holding up the others.
    const waits = session.freed && !patient && why.code !== 'no-base';
    ends.set(session, Promise.resolve(waits ? { kind: 'fell-out' } : ended(session, 0, why)));
  }
  const going = members.filter((_, index) => !full[index]);
  if (going.length === 0) return ends;
  const lanes = await transfer(order, going, { totalBytes: estimated, compress }, sending);
  for (const [session, lane] of lanes) {
    const settled = lane.then(async (end): Promise<StepEnd> => {
      const why = await settle(session, order, end, sending);
      return end.kind === 'fell-out' && why === null
        ? { kind: 'fell-out' }
        : ended(session, end.sentBytes, why);
    });
    ends.set(session, settled);
  }
  return ends;
}

function canCompress(members: readonly TargetSession[], { source, options, context }: Sending): boolean {
  if (!options.compress) return false;
  const able = members.every((session) => canSendCompressed(source.host.facts, session.host.facts));
  if (!able) context.emit({ type: 'note', message: UNCOMPRESSED });
  return able;
}

async function transfer(
  order: Order,
  going: readonly TargetSession[],
  { totalBytes, compress }: { readonly totalBytes: number | null; readonly compress: boolean },
  { source, options, stallSeconds, path, context }: Sending,
): Promise<Map<TargetSession, Promise<LaneEnd>>> {
  const { fleet, emit, signal } = context;
  const startedAt = isoTime(fleet.clock.now());
  const sessions = new Map<Lane, TargetSession>();
  for (const session of going)
    sessions.set(await context.patiently(() => laneOf(session, order, context)), session);
  const moved = new Map<Lane, { readonly sentBytes: number; readonly at: string }>();
  const movedAt = (lane: Lane, sentBytes: number): string => {
    const before = moved.get(lane);
    if (before?.sentBytes === sentBytes) return before.at;
    const at = isoTime(fleet.clock.now());
    moved.set(lane, { sentBytes, at });
    return at;
  };
  const ends = path({
    source: source.host,
    send: sendCommand(sendOf(order.step, compress)),
    path: order.step.snapshot.path,
    lanes: [...sessions.keys()],
    rateBytesPerSecond: options.rateBytesPerSecond,
    stallSeconds,
    signal,
    onProgress: (lane, sentBytes, payloadBytes) => {
      const updatedAt = movedAt(lane, sentBytes);
      const target = sessions.get(lane)?.label ?? '';
      const progress = {
        phase: 'sending',
        step: order.label,
        sentBytes,
        payloadBytes,
        totalBytes,
        startedAt,
        updatedAt,
      } as const;
      emit({ type: 'target', target, progress });
    },
  });
  return new Map(
    [...ends].flatMap(([lane, end]) => {
      const session = sessions.get(lane);
      return session ? [[session, end] as const] : [];
    }),
  );
}

/** Marks first, on the target and in the journal: whatever is left behind must be known as ours. */
function laneOf(session: TargetSession, { step }: Order, { fleet, runId }: DriverContext): Lane {
  const { directory, mount, server } = session.place;
  const path = joinPath(directory, step.snapshot.name);
  fleet.journal.noteReceiving({ server, path, originId: step.snapshot.originId, runId });
  return {
    host: session.host,
    path,
    receive: markedReceiveCommand({
      sudo: session.host.facts.sudo,
      mark: belowMount(mount, receivingMark(mount, path)),
      owners: belowMount(mount, ownerMarksDirectory(mount, directory)),
      own: session.owner === null ? null : ownerMarkName(session.owner),
      outlived: session.outlived.map(ownerMarkName),
      locked: session.locked,
      receive: RECEIVE_WORDS,
      replica: belowMount(mount, path),
    }),
    spool: spoolOf(mount, path, session.place.filesystem.uuid),
    lost: session.lost,
  };
}

/** After the bytes: verified and unmarked, or removed. Returns why it failed, if it did. */
async function settle(
  session: TargetSession,
  { step, label }: Order,
  end: LaneEnd,
  { source, context }: Sending,
): Promise<Fault | null> {
  const { emit, fleet } = context;
  const { mount, directory, server } = session.place;
  const path = joinPath(directory, step.snapshot.name);
  const partial = { host: session.host, mount, path, journal: fleet.journal };
  if (end.kind !== 'received') {
    const why = await cleanUp(session, partial, { step, end }, emit);
    if (why !== 'whole') return why;
  }
  emit({ type: 'target', target: session.label, progress: { phase: 'verifying', step: label } });
  const came = await checkReceived(session, path, step);
  if (!came.ok) return came.fault;
  const { uuid: filesystem } = session.place.filesystem;
  await rememberReceived(fleet, session.host, { filesystem, path }, context.signal);
  if (source.isDifferent) await markSentBack(came.value, { server, filesystem, path }, source, context);
  await unmark(partial);
  if (session.owner === null) return null;
  fleet.journal.noteReplica({
    originId: step.snapshot.originId,
    subvolume: source.place.path,
    server,
    filesystem,
    mount,
    path,
    name: step.snapshot.name,
    verifiedAt: isoTime(fleet.clock.now()),
  });
  return null;
}

const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'stalled', 'cancelled']);

/**
 * Removes what a transfer that did not go well left, if it left anything and nobody else can be at it. `whole`: the receive
 * came to its end all the same, and what went wrong came behind it.
 */
async function cleanUp(
  session: TargetSession,
  partial: PartialPlace,
  { step, end }: { readonly step: SendStep; readonly end: Exclude<LaneEnd, { kind: 'received' }> },
  emit: DriverContext['emit'],
): Promise<Fault | 'whole' | null> {
  const { path, journal } = partial;
  const { server } = session.place;
  emit({ type: 'target', target: session.label, progress: { phase: 'cleaning' } });
  if (end.kind === 'failed' && !end.begun) {
    // With a lost connection, or one that was late, nobody knows what was begun; the next run looks.
    if (!UNSURE.has(end.fault.code)) journal.forgetReceiving(server, path);
    return end.fault;
  }
  // Somebody made something of that name in the moment between the look and the receive: it is theirs.
  if (end.kind === 'failed' && end.fault.code === 'name-taken') {
    await unmark(partial);
    return end.fault;
  }
  // Without the lock somebody else may be receiving that very path by now. What waits for a disk that hangs is ended by
  // no signal, and makes what it was about to once the disk is back: until then its marks say whose that is.
  const kept = session.lost.aborted || end.outlived;
  const left = kept ? null : await removePartial(partial, session.locked);
  if (end.kind === 'fell-out' && !end.outlived) return left;
  if (kept || left) {
    const who =
      session.owner === null ? 'btrfleet removes it as soon as it can' : 'the next replication removes it';
    const message = `${path} on ${server} may be left half received; ${who}.`;
    emit({ type: 'note', message });
  }
  if (end.kind === 'fell-out') return hangs(server, path);
  if (kept || left || !(await checkReceived(session, path, step)).ok) return end.fault;
  const message = `${end.fault.message} ${step.snapshot.name} is on ${server}, whole, all the same.`;
  emit({ type: 'note', message });
  return 'whole';
}

const hangs = (server: string, path: string): Fault =>
  fault(
    'stalled',
    `The receive of ${path} on ${server} was too slow for the others, and did not end when it was told to.`,
    `Look whether a disk of ${server} hangs ("dmesg", "iostat"), then try again.`,
    { server, retry: true },
  );
