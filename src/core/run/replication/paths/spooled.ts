/**
 * The resumable path: each target gets a send of its own, spooled there as a file and received from the file once it is
 * whole. After a break the next run goes on where this one stopped, if the bytes before are still the same.
 */

import { notBegun } from '../../../btrfs/ask/receive-script.ts';
import {
  fromSpoolCommand,
  parseSendCode,
  parseSpoolStatus,
  resumedSendCommand,
  type Spool,
  spoolAppendCommand,
  spoolRemoveCommand,
  spoolStatusCommand,
} from '../../../btrfs/ask/spool-script.ts';
import { classify } from '../../../btrfs/messages/classify.ts';
import { unsafePath } from '../../../btrfs/messages/unsafe-path.ts';
import { firstLineOf, readOutput } from '../../../hosts/port/bounded-output.ts';
import type { Host, HostStream } from '../../../hosts/port/host.ts';
import { type Fault, fault } from '../../../model/fault.ts';
import { failed, ok, type Result } from '../../../model/result.ts';
import type { DataPath, Lane, LaneEnd, Transfer } from './data-path.ts';
import { receiveFailure, SPOOLED_BOUND } from './receive-failure.ts';
import { limitOf, relay } from './relay.ts';

export const spooled =
  (nonce: () => string): DataPath =>
  (transfer) =>
    new Map(
      transfer.lanes.map((lane) => {
        if (lane.spool === null) throw new Error(`${lane.path} has no spool`);
        return [lane, spoolLane(transfer, { ...lane, spool: lane.spool }, nonce())];
      }),
    );

type SpooledLane = Lane & { readonly spool: Spool };

/** Nothing is received before all has arrived, so a break leaves no partial; a cancel leaves no spool either. */
async function spoolLane(transfer: Transfer, lane: SpooledLane, nonce: string): Promise<LaneEnd> {
  const filled = await fillSpool(transfer, lane, nonce);
  if (!filled.ok) {
    if (transfer.signal.aborted) await lane.host.run(spoolRemoveCommand(lane.host.facts.sudo, lane.spool));
    return { kind: 'failed', sentBytes: 0, fault: filled.fault, begun: false, outlived: false };
  }
  return receiveSpool(transfer, lane, filled.value);
}

/** The bytes of the whole stream. */
async function fillSpool(transfer: Transfer, lane: SpooledLane, nonce: string): Promise<Result<number>> {
  const { host, spool } = lane;
  const status = await host.run(spoolStatusCommand(host.facts.sudo, spool), {
    signal: transfer.signal,
    timeoutSeconds: 3600,
  });
  if (!status.ok) return status;
  const there = parseSpoolStatus(status.value.stdout);
  if (status.value.code !== 0 || !there) return failed(noSpool(lane, status.value.stderr));
  const opened = await openResumed(transfer, there.bytes, nonce);
  if (!opened.ok) return opened;
  if (opened.value.hash === there.hash) return append(transfer, lane, opened.value.stream, there.bytes);
  // Not the bytes that are sent now: another kernel, perhaps. What is there is worth nothing.
  opened.value.stream.stop();
  await opened.value.stream.done;
  const anew = await openResumed(transfer, 0, nonce);
  return anew.ok ? append(transfer, lane, anew.value.stream, 0) : anew;
}

interface Resumed {
  /** Of the bytes that were skipped. */
  readonly hash: string;
  readonly stream: HostStream;
}

async function openResumed(transfer: Transfer, bytes: number, nonce: string): Promise<Result<Resumed>> {
  const { source, send, signal } = transfer;
  const command = resumedSendCommand({ sudo: source.facts.sudo, send, bytes, nonce });
  const opened = await source.stream(command, { limit: limitOf(transfer), signal });
  if (!opened.ok) return opened;
  opened.value.stdin.end();
  const head = await firstLineOf(opened.value, { server: source.server.name, label: 'btrfs send' });
  if (head && !head.ok) return head;
  if (head?.value.startsWith(`${nonce} `)) {
    return ok({ hash: head.value.slice(nonce.length + 1), stream: withSendCode(opened.value, nonce) });
  }
  if (head) {
    opened.value.stop();
    return failed(oddHead(transfer));
  }
  const end = await opened.value.done;
  if (!end.ok) return end;
  const {
    server: { name: server },
    facts: { sudoers },
  } = source;
  const stderr = opened.value.stderr();
  return failed(
    classify({ command: 'send', code: end.value.code, stderr, server, subject: transfer.path, sudoers }),
  );
}

/** Ends with the code of the send, not of the shell around it. */
const withSendCode = (stream: HostStream, nonce: string): HostStream => ({
  ...stream,
  stdin: stream.stdin,
  stdout: stream.stdout,
  stderr: () => stream.stderr(),
  outlived: () => stream.outlived(),
  stop: () => stream.stop(),
  done: stream.done.then((end) =>
    end.ok ? ok({ code: parseSendCode(nonce, stream.stderr()), signal: end.value.signal }) : end,
  ),
});

/** The relay, with a file in place of the receive. */
async function append(
  transfer: Transfer,
  lane: SpooledLane,
  stream: HostStream,
  from: number,
): Promise<Result<number>> {
  const source: Host = {
    ...transfer.source,
    server: transfer.source.server,
    facts: transfer.source.facts,
    stream: async () => ok(stream),
    run: (...args) => transfer.source.run(...args),
  };
  const toFile: Lane = { ...lane, receive: spoolAppendCommand(lane.host.facts.sudo, lane.spool, from === 0) };
  const ends = relay({
    ...transfer,
    source,
    lanes: [toFile],
    // Only a whole stream can be counted by its contents; of a resumed one the bytes say how far it is.
    onProgress: (_, sent) => transfer.onProgress(lane, from + sent, from + sent),
  });
  const end = await ends.get(toFile);
  if (end?.kind === 'received') return ok(from + end.sentBytes);
  stream.stop();
  await stream.done;
  return failed(end?.kind === 'failed' ? end.fault : fellOut(lane));
}

async function receiveSpool(transfer: Transfer, lane: SpooledLane, sentBytes: number): Promise<LaneEnd> {
  const { host, spool } = lane;
  const signal = AbortSignal.any([transfer.signal, lane.lost]);
  const command = fromSpoolCommand(host.facts.sudo, spool, lane.receive);
  const stream = await host.stream(command, { limit: limitOf(transfer), signal });
  if (!stream.ok) return { kind: 'failed', sentBytes, fault: stream.fault, begun: false, outlived: false };
  stream.value.stdin.end();
  const about = { server: host.server.name, label: 'btrfs receive', bound: SPOOLED_BOUND };
  const end = await readOutput(stream.value, about);
  const outlived = stream.value.outlived();
  if (!end.ok) return { kind: 'failed', sentBytes, fault: end.fault, begun: true, outlived };
  const { code } = end.value;
  if (code === 0) return { kind: 'received', sentBytes };
  const why = receiveFailure(lane, code, stream.value.stderr());
  // What cannot be received now may be later where only room is wanting; anything else is sent anew.
  if (!notBegun(code) && why.code !== 'no-space') await host.run(spoolRemoveCommand(host.facts.sudo, spool));
  return { kind: 'failed', sentBytes, fault: why, begun: !notBegun(code), outlived };
}

const oddHead = ({ source, path }: Transfer): Fault =>
  fault(
    'send-failed',
    `${source.server.name} printed something of its own in front of the stream of ${path}.`,
    'Try again; if it happens each time, replicate without --resumable.',
    { server: source.server.name },
  );

const noSpool = ({ host, path }: Lane, stderr: string): Fault =>
  unsafePath(stderr, host.server.name) ??
  fault(
    'receive-failed',
    `The stream of ${path} cannot be spooled on ${host.server.name}: ${stderr.trim().slice(-200) || 'no answer'}.`,
    'Look whether there is room and the right to write; or replicate without --resumable.',
    { server: host.server.name },
  );

const fellOut = ({ host, path }: Lane): Fault =>
  fault('stalled', `${host.server.name} was too slow for ${path}.`, 'Try again.', {
    server: host.server.name,
  });
