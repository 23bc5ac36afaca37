/**
 * The relay path: one send on the source, through this process, into a receive on each target. It moves bytes and
 * tells how each end ended; what becomes of what is left behind is decided by the caller.
 */

import { notBegun } from '../../../btrfs/ask/receive-script.ts';
import { classify } from '../../../btrfs/messages/classify.ts';
import { createStreamReader } from '../../../btrfs/read/send-stream.ts';
import { readOutput } from '../../../hosts/port/bounded-output.ts';
import type { HostStream } from '../../../hosts/port/host.ts';
import type { TimeLimit } from '../../../hosts/port/time-limit.ts';
import { type Fault, fault } from '../../../model/fault.ts';
import type { Result } from '../../../model/result.ts';
import { readyTogether } from '../../ground/ready-together.ts';
import type { DataPath, Lane, LaneEnd, Transfer } from './data-path.ts';
import { FanOut } from './fan-out.ts';
import { RECEIVE_BOUND, receiveFailure } from './receive-failure.ts';

/** Milliseconds between two looks at how far it has come. */
const TICK = 250;
const SPARE_SECONDS = 60;
/** What is on its way to one that falls out may take it so long to take in, and a dead connection is noticed in it. */
const FALL_OUT_SECONDS = 30;
/** Others wait no longer than that for one that takes nothing at all: its disk hangs, or its link. */
const STILL_SECONDS = 60;
/** Milliseconds from the first receive that stands until the others are waited for no more. */
const OPEN_PATIENCE = 10_000;

export const relay: DataPath = (transfer) => {
  const ends = begin(transfer);
  return new Map(transfer.lanes.map((lane) => [lane, ends.then((all) => endIn(all, lane))]));
};

function endIn(ends: LaneEnds, lane: Lane): LaneEnd | Promise<LaneEnd> {
  const end = ends.get(lane);
  if (!end) throw new Error(`the relay forgot ${lane.path}`);
  return end;
}

type LaneEnds = Map<Lane, LaneEnd | Promise<LaneEnd>>;

async function begin(transfer: Transfer): Promise<LaneEnds> {
  const ends: LaneEnds = new Map();
  const lanes = await openLanes(transfer, ends);
  if (lanes.length === 0) return ends;
  const limit = limitOf(transfer);
  const send = await transfer.source.stream(transfer.send, { limit, signal: transfer.signal });
  if (send.ok) {
    for (const [lane, end] of new Pump(transfer, lanes, send.value).run()) ends.set(lane, end);
    return ends;
  }
  for (const { lane, stream } of lanes) {
    stream.stop();
    const end = { kind: 'failed', sentBytes: 0, fault: send.fault, begun: true } as const;
    ends.set(
      lane,
      stream.done.then(() => ({ ...end, outlived: stream.outlived() })),
    );
  }
  return ends;
}

interface OpenLane {
  readonly lane: Lane;
  readonly stream: HostStream;
  ended: boolean;
  fellOut: boolean;
  /** The receive ended while its sender still had something to say: what went wrong, went wrong there. */
  brokeFirst: boolean;
  /** False: it refused before it made or marked anything. */
  begun: boolean;
}

/** One that does not open in time is sent to alone. */
async function openLanes(transfer: Transfer, ends: LaneEnds): Promise<OpenLane[]> {
  const limit = limitOf(transfer);
  const opening = new Map(
    transfer.lanes.map((lane) => {
      const signal = AbortSignal.any([transfer.signal, lane.lost]);
      return [lane, lane.host.stream(lane.receive, { limit, signal })];
    }),
  );
  const opened = await readyTogether(opening, () => OPEN_PATIENCE);
  const open: OpenLane[] = [];
  for (const [lane, late] of opening) {
    const stream = opened.get(lane);
    if (!stream) ends.set(lane, late.then(fellOut));
    else if (stream.ok)
      open.push({ lane, stream: stream.value, ended: false, fellOut: false, brokeFirst: false, begun: true });
    else ends.set(lane, { kind: 'failed', sentBytes: 0, fault: stream.fault, begun: false, outlived: false });
  }
  return open;
}

async function fellOut(opened: Result<HostStream>): Promise<LaneEnd> {
  if (!opened.ok) return { kind: 'failed', sentBytes: 0, fault: opened.fault, begun: false, outlived: false };
  opened.value.stop(FALL_OUT_SECONDS);
  await opened.value.done;
  return { kind: 'fell-out', sentBytes: 0, outlived: opened.value.outlived() };
}

/** Of each end by itself; that nothing moves at all is noticed before, and said of both. */
export const limitOf = ({ stallSeconds }: Transfer): TimeLimit => ({
  of: 'silence',
  seconds: stallSeconds + SPARE_SECONDS,
});

class Pump {
  readonly #transfer: Transfer;
  readonly #lanes: readonly OpenLane[];
  readonly #send: HostStream;
  readonly #fan: FanOut;
  readonly #reader = createStreamReader();
  #sourceEnded = false;
  #stopping = false;
  #stalled = false;

  constructor(transfer: Transfer, lanes: readonly OpenLane[], send: HostStream) {
    this.#transfer = transfer;
    this.#lanes = lanes;
    this.#send = send;
    this.#fan = new FanOut(
      send.stdout,
      lanes.map(({ stream }) => stream.stdin),
      {
        rateBytesPerSecond: transfer.rateBytesPerSecond,
        stillSeconds: Math.min(STILL_SECONDS, transfer.stallSeconds / 2),
        onChunk: (chunk) => this.#reader.push(chunk),
        onFallOut: (sink) => this.#fallOut(sink),
      },
    );
  }

  /** Every lane ends by itself: one whose receive hangs keeps back nobody else's end. */
  run(): Map<Lane, Promise<LaneEnd>> {
    this.#send.stdin.end();
    const watch = setInterval(this.#look(), TICK);
    const sent = this.#followSend();
    const ends = new Map(this.#lanes.map((open) => [open.lane, this.#end(open, sent)]));
    void Promise.allSettled(ends.values()).then(() => clearInterval(watch));
    return ends;
  }

  async #followSend(): Promise<Fault | null> {
    this.#sourceEnded = (await this.#fan.finished) === 'ended';
    if (!this.#sourceEnded) this.#stop();
    const sent = await this.#send.done;
    return sent.ok ? this.#sendFailure(sent.value.code) : sent.fault;
  }

  async #end(open: OpenLane, sent: Promise<Fault | null>): Promise<LaneEnd> {
    // The receiver first: only it knows whether the replica is whole.
    const received = await this.#follow(open);
    // What went wrong there is known: the others' send may go on for hours.
    const isAlone = this.#lanes.every((other) => other === open || other.ended);
    const isOver = received !== null && !isAlone && (open.brokeFirst || open.fellOut);
    const sendFault = isOver ? null : await sent;
    this.#tell();
    open.ended = true;
    return this.#endOf(open, received, sendFault);
  }

  /** How its receive ended: null when it says that all is well. */
  async #follow(open: OpenLane): Promise<Fault | null> {
    const { lane, stream } = open;
    const about = { server: lane.host.server.name, label: 'btrfs receive', bound: RECEIVE_BOUND };
    // At once: that nobody takes the stream any more ends the send, which must not seem to have ended first.
    void stream.done.then(() => {
      open.brokeFirst = !this.#sourceEnded && !this.#stopping;
    });
    const end = await readOutput(stream, about);
    this.#fan.drop(stream.stdin);
    if (!end.ok) return lane.failure?.(null, stream.stderr()) ?? end.fault;
    if (end.value.code === 0) return null;
    const { code } = end.value;
    open.begun = !notBegun(code);
    return lane.failure?.(code, stream.stderr()) ?? receiveFailure(lane, code, stream.stderr());
  }

  #sendFailure(code: number | null): Fault | null {
    if (code === 0) return null;
    const { source, path } = this.#transfer;
    const stderr = this.#send.stderr();
    if (this.#transfer.failure) return this.#transfer.failure(code, stderr);
    return classify({
      command: 'send',
      code,
      stderr,
      server: source.server.name,
      subject: path,
      sudoers: source.facts.sudoers,
    });
  }

  /** Success is both ends saying so. Of two that failed, the one that broke first is named. */
  #endOf(open: OpenLane, received: Fault | null, sent: Fault | null): LaneEnd {
    const sentBytes = this.#fan.takenBytes(open.stream.stdin);
    const server = open.lane.host.server.name;
    if (!received && !sent) return { kind: 'received', sentBytes };
    const outlived = open.stream.outlived();
    if (open.fellOut) return { kind: 'fell-out', sentBytes, outlived };
    const { begun } = open;
    const end = (why: Fault): LaneEnd => ({ kind: 'failed', sentBytes, fault: why, begun, outlived });
    if (this.#transfer.signal.aborted) return end(cancelled(server));
    if (open.lane.lost.aborted) return end(received?.code === 'unreachable' ? received : lockLost(open.lane));
    if (this.#stalled) return end(stalled(this.#transfer, server));
    const both = (open.brokeFirst ? [received, sent] : [sent, received]).filter((one) => one !== null);
    // Nobody cancelled it: what was stopped was stopped for what the other end says.
    return end(both.find(({ code }) => code !== 'cancelled') ?? both[0] ?? cancelled(server));
  }

  #fallOut(sink: unknown): void {
    const slow = this.#lanes.find(({ stream }) => stream.stdin === sink);
    if (!slow) return;
    slow.fellOut = true;
    slow.stream.stop(FALL_OUT_SECONDS);
  }

  #stop(): void {
    this.#stopping = true;
    this.#send.stop();
    for (const { stream } of this.#lanes) stream.stop();
  }

  /** Counts the ticks in which nothing moved, so that a clock that is set does not end a transfer. */
  #look(): () => void {
    let last = -1;
    let still = 0;
    return () => {
      this.#tell();
      const mark = this.#lanes.reduce((sum, { stream }) => sum + this.#fan.takenBytes(stream.stdin), 0);
      still = mark === last ? still + 1 : 0;
      last = mark;
      if (this.#stalled || (still * TICK) / 1000 < this.#transfer.stallSeconds) return;
      this.#stalled = true;
      this.#stop();
    };
  }

  /** Of the payload read so far, a lane has as large a share as of the bytes. */
  #tell(): void {
    const { payloadBytes } = this.#reader.result();
    for (const { lane, stream, ended } of this.#lanes) {
      if (ended) continue;
      const taken = this.#fan.takenBytes(stream.stdin);
      const share = this.#fan.readBytes === 0 ? 0 : taken / this.#fan.readBytes;
      this.#transfer.onProgress(lane, taken, Math.round(payloadBytes * share));
    }
  }
}

const cancelled = (server: string): Fault =>
  fault('cancelled', 'The replication was cancelled.', 'Send again when you want it.', { server });

const lockLost = ({ host, path }: Lane): Fault =>
  fault(
    'locked',
    `The lock on the directory of ${path} on ${host.server.name} was lost, so the transfer was stopped.`,
    'Somebody may have ended the command that held it. Try again; what is half received is removed then.',
    { server: host.server.name },
  );

const stalled = (transfer: Transfer, server: string): Fault =>
  fault(
    'stalled',
    `Nothing moved between ${transfer.source.server.name} and ${server} for ${transfer.stallSeconds} seconds.`,
    `Look whether a disk or the link of ${server} hangs ("dmesg", "iostat"), then try again.`,
    { server },
  );
