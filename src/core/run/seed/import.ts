/**
 * Makes a replica of a seed. Every part is read and compared before a byte is received; then it is a replication like any
 * other, with its locks, marks and checks, and only its bytes come from elsewhere.
 */

import { seedHeadCommand } from '../../btrfs/ask/seed-read.ts';
import { parseStreamHead } from '../../btrfs/diff/stream-head.ts';
import { type SeedPartFound, seedCheckCommand } from '../../btrfs/looks/seed.ts';
import { lastOf } from '../../btrfs/messages/classify.ts';
import { escaped } from '../../btrfs/messages/escaped.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { SeedImportRequest, SeedReport } from '../../model/runs/seed.ts';
import { formatTarget } from '../../model/target.ts';
import { wrongParts } from '../../plan/seed/check.ts';
import { alreadyThere, badIdentity, badParts, baseMissing, oddStream } from '../../plan/seed/faults.ts';
import type { DriverContext } from '../ground/driver.ts';
import { endFault } from '../ground/seed-place.ts';
import { follow } from './ask-place.ts';
import { type PlannedImport, planImportNow } from './plan-import.ts';

export async function importSeed(
  request: SeedImportRequest,
  context: DriverContext,
): Promise<Result<SeedReport>> {
  const { fleet, signal, emit } = context;
  const startedAt = fleet.clock.now();
  const planned = await planImportNow(fleet, request, signal);
  if (!planned.ok) return planned;
  const { manifest, replication, shown } = planned.value;
  const wrong = (await readAll(request, planned.value, context)) ?? (await readHead(planned.value, context));
  if (wrong) return failed(signal.aborted ? cancelled : wrong);
  const { report } = await context.part({
    request: { kind: 'replication', ...replication },
    item: null,
    onEvent: (event) => {
      if (event.type !== 'result') emit(event);
    },
  });
  if (report.kind === 'fault') return failed(report.fault);
  const result = report.kind === 'replication' ? report.results[0] : undefined;
  if (!result) throw new Error('the replication of a seed told nothing');
  if (result.fault) return failed(baseMissing(result.fault, manifest));
  if (result.status === 'already-there') return failed(alreadyThere(result.server, manifest));
  const { subvolume, place, compress, encrypt, snapshot, base, parts, bytes } = shown;
  return ok({
    ...{ verb: 'import', subvolume, server: result.server, place, compress, encrypt, snapshot, base },
    ...{
      parts,
      bytes,
      keptParts: 0,
      elapsedSeconds: (fleet.clock.now() - startedAt) / 1000,
      replica: result,
    },
  });
}

/** Null: every part is what was exported. */
async function readAll(
  { target }: SeedImportRequest,
  { host, manifest, shown }: PlannedImport,
  { signal, emit }: DriverContext,
): Promise<Fault | null> {
  const { place, parts } = shown;
  const label = { snapshot: shown.snapshot, base: shown.base, index: 1, count: 1 };
  emit({ type: 'target', target: formatTarget(target), progress: { phase: 'verifying', step: label } });
  emit({
    type: 'note',
    message: `Reading ${parts === 1 ? 'the part' : `all ${parts} parts`} before anything is received.`,
  });
  const found = new Map<number, SeedPartFound | null>();
  let tenths = 0;
  const end = await follow(host, seedCheckCommand(place.directory, parts), signal, (word) => {
    if (word.kind !== 'part') return;
    found.set(word.number, word.found);
    if (found.size * 10 < (tenths + 1) * parts || found.size === parts) return;
    tenths = Math.floor((found.size * 10) / parts);
    emit({ type: 'note', message: `${found.size} of ${parts} parts are read.` });
  });
  if (!end.ok) return end.fault;
  if (end.value.code !== 0) return endFault(place, end.value.code, end.value.stderr);
  const wrong = wrongParts(manifest, found);
  return wrong.length > 0 ? badParts(place, wrong) : null;
}

/** Null: it can be unpacked, and is the stream of that snapshot. The receive makes whatever the stream names. */
async function readHead(
  { host, manifest, seed, shown }: PlannedImport,
  { signal }: DriverContext,
): Promise<Fault | null> {
  const { place } = shown;
  const said = await host.run(seedHeadCommand(seed), { signal });
  if (!said.ok) return said.fault;
  if (said.value.code !== 0) return endFault(place, said.value.code, said.value.stderr);
  const text = lastOf(said.value.stderr);
  const head = parseStreamHead(said.value.stdout);
  if (head === null && manifest.encrypt !== null && said.value.stdout.trim() === '')
    return badIdentity(place, text === '' ? '' : escaped(text));
  if (head === null) return oddStream(place, 'what they hold is no stream that btrfs sends');
  const { name, originId, base } = head;
  const isIt = name === manifest.snapshot.name && originId === manifest.snapshot.originId;
  if (isIt && base === (manifest.base?.originId ?? null)) return null;
  return oddStream(place, `the stream in them is of another snapshot, ${escaped(name)}`);
}

const cancelled = fault('cancelled', 'The import was cancelled. Nothing was received.', '');
