/**
 * The path out of a seed: its parts become one stream again, through this process, or on the target itself where they lie
 * there. Whether they are what was exported was checked before.
 */
import { notBegun } from '../../../btrfs/ask/receive-script.ts';
import { seedFeedCommand, seedPourCommand } from '../../../btrfs/ask/seed-read.ts';
import { SEED_ENDS } from '../../../btrfs/ask/seed-shell.ts';
import { parseSeedWord } from '../../../btrfs/looks/seed.ts';
import { eachLine, MIB, readOutput } from '../../../hosts/port/bounded-output.ts';
import type { Host } from '../../../hosts/port/host.ts';
import type { Result } from '../../../model/result.ts';
import type { SeedSource } from '../../../model/runs/seed.ts';
import { readFault } from '../../ground/seed-place.ts';
import type { DataPath, Lane, LaneEnd, Transfer } from './data-path.ts';
import { receiveFailure, SPOOLED_BOUND } from './receive-failure.ts';
import { limitOf, relay } from './relay.ts';

/** `open`: where its parts lie. */
export const seeded =
  (seed: SeedSource, open: () => Promise<Result<Host>>): DataPath =>
  (transfer) =>
    new Map(transfer.lanes.map((lane) => [lane, bringLane(transfer, lane, seed, open)]));

async function bringLane(
  transfer: Transfer,
  lane: Lane,
  seed: SeedSource,
  open: () => Promise<Result<Host>>,
): Promise<LaneEnd> {
  if (seed.server === lane.host.server.name) return feedLane(transfer, lane, seed);
  const host = await open();
  if (!host.ok) return { kind: 'failed', sentBytes: 0, fault: host.fault, begun: false, outlived: false };
  const ends = relay({
    ...transfer,
    ...{ source: host.value, send: seedPourCommand(seed), path: seed.directory, lanes: [lane] },
    failure: (code, stderr) => readFault(seed, code, stderr),
  });
  const end = await ends.get(lane);
  if (!end) throw new Error(`the relay forgot ${lane.path}`);
  return end;
}

/** How far it is is told by the parts, which may be packed. */
async function feedLane(transfer: Transfer, lane: Lane, seed: SeedSource): Promise<LaneEnd> {
  const signal = AbortSignal.any([transfer.signal, lane.lost]);
  const limit = limitOf(transfer);
  const stream = await lane.host.stream(seedFeedCommand(seed, lane.receive), { limit, signal });
  let sentBytes = 0;
  const end = (
    fault: Extract<LaneEnd, { kind: 'failed' }>['fault'],
    begun: boolean,
    outlived: boolean,
  ): LaneEnd => ({
    ...{ kind: 'failed', sentBytes, fault, begun, outlived },
  });
  if (!stream.ok) return end(stream.fault, false, false);
  stream.value.stdin.end();
  // It tells of each MiB, and that is no reason to stop it.
  const bytes = SPOOLED_BOUND.bytes + Math.ceil(seed.bytes / MIB) * 8;
  const about = { server: lane.host.server.name, label: 'btrfs receive', bound: { bytes, lines: false } };
  const take = eachLine((line) => {
    const word = parseSeedWord(line);
    if (word?.kind !== 'at') return;
    sentBytes += word.mebibytes * MIB;
    transfer.onProgress(lane, sentBytes, seed.compress === null ? sentBytes : 0);
  });
  const ended = await readOutput(stream.value, about, take);
  const outlived = stream.value.outlived();
  if (!ended.ok) return end(ended.fault, true, outlived);
  const { code } = ended.value;
  if (code === 0) return { kind: 'received', sentBytes };
  const stderr = stream.value.stderr();
  if (code === SEED_ENDS.noDirectory) return end(readFault(seed, code, stderr), false, outlived);
  if (code === SEED_ENDS.notWhole) return end(readFault(seed, code, stderr), true, outlived);
  return end(receiveFailure(lane, code, stderr), !notBegun(code), outlived);
}
