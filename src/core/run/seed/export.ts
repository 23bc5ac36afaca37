/**
 * Writes a snapshot as a seed. The parts that an export before this one finished are not written again: btrfs sends the same
 * snapshot as the same bytes, so the stream begins anew and what it has in their place is compared with them.
 */
import { MANIFEST, README } from '../../btrfs/ask/seed-shell.ts';
import { seedKeepCommand, seedWriteCommand } from '../../btrfs/ask/seed-write.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { stepLabel } from '../../model/runs/job.ts';
import {
  partName,
  type SeedExportRequest,
  type SeedManifest,
  type SeedPart,
  type SeedPlace,
  type SeedReport,
  seedTarget,
} from '../../model/runs/seed.ts';
import { bornIdOfSnapshot } from '../../model/snapshot.ts';
import { formatTarget } from '../../model/target.ts';
import { planExport } from '../../plan/seed/export-plan.ts';
import { placeText, seedBusy, seedDirectoryTaken } from '../../plan/seed/faults.ts';
import { readmeText } from '../../plan/seed/readme.ts';
import { writeManifest } from '../../state/seed/manifest.ts';
import type { DriverContext } from '../ground/driver.ts';
import { claimed } from '../ground/pins.ts';
import { endFault } from '../ground/seed-place.ts';
import { takeLocks } from '../ground/take-locks.ts';
import { follow, lookAtPlace, writeFile } from './ask-place.ts';
import { type PlannedExport, planExportNow } from './plan-export.ts';
import { writeStream } from './write-stream.ts';

export async function exportSeed(
  request: SeedExportRequest,
  context: DriverContext,
): Promise<Result<SeedReport>> {
  const { server, directory } = request.place;
  const lock = await takeLocks(context, [`seed ${server ?? ''} ${directory}`], `an export to ${directory}`);
  if (!lock.ok) return failed(lock.fault.code === 'locked' ? seedBusy(request.place) : lock.fault);
  try {
    const planned = await planExportNow(context.fleet, request, context.signal);
    if (!planned.ok) return planned;
    const deleted = await pinSent(planned.value, context);
    return deleted ? failed(deleted) : await carryOut(request, planned.value, context);
  } finally {
    lock.value.release();
  }
}

async function carryOut(
  request: SeedExportRequest,
  planned: PlannedExport,
  context: DriverContext,
): Promise<Result<SeedReport>> {
  const { host, step, manifest, source } = planned;
  const { place } = request;
  const { clock } = context.fleet;
  const startedAt = clock.now();
  const tools = {
    compress: request.compress,
    encrypt: manifest.encrypt,
    recipient: null,
    identity: null,
  } as const;
  const made = await lookAtPlace(host, place, tools, { signal: context.signal, make: true });
  if (!made.ok) return made;
  // What was seen is old by now: the primary was looked at, and the data counted.
  const plan = planExport(place, manifest, { ...made.value, manifest: made.value.known });
  if (plan.kind === 'blocked') return failed(plan.fault);
  const was = made.value.manifest ?? '';
  if (made.value.mount !== null)
    context.emit({
      type: 'note',
      message: `${place.directory} is on the filesystem mounted at ${made.value.mount}.`,
    });
  if (was.length > LONGEST_BEGUN) return failed(seedDirectoryTaken(place, 'what may be another seed'));
  const isAnew = plan.kind === 'resume' && plan.anew;
  if (isAnew) context.emit({ type: 'note', message: ENCRYPTED_ANEW });
  const written = await writeParts(request, planned, { isAnew, was }, context);
  if (!written.ok) return written;
  const counted = manifest.payloadBytes ?? written.value.payloadBytes;
  const whole = await wholeManifest(request, planned, context);
  if (!whole.ok) return whole;
  const ended = await finish(planned, place, { ...whole.value, payloadBytes: counted }, context);
  if (ended) return failed(ended);
  const { parts } = whole.value;
  return ok({
    ...{ verb: 'export', subvolume: manifest.subvolume, server: source.place.server, place },
    ...{ snapshot: step.snapshot.name, base: step.base?.name ?? null },
    ...{ compress: manifest.compress, encrypt: manifest.encrypt, parts: parts.length },
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    ...{ keptParts: written.value.kept, elapsedSeconds: (clock.now() - startedAt) / 1000, replica: null },
  });
}

/** Characters; it has no parts in it, and goes as a word of a command. */
const LONGEST_BEGUN = 16 * 1024;

/** Null: it is complete, and its manifest is the last that is written. */
async function finish(
  { host, manifest }: PlannedExport,
  place: SeedPlace,
  whole: SeedManifest,
  { signal }: DriverContext,
): Promise<Fault | null> {
  const was = writeManifest(manifest);
  return (
    (await writeFile(host, place, { name: README, text: readmeText(whole), was }, signal)) ??
    (await writeFile(host, place, { name: MANIFEST, text: writeManifest(whole), was }, signal))
  );
}

/** How many were there already, and what the stream carried. Those that are not the beginning of this stream are made anew, once. */
async function writeParts(
  request: SeedExportRequest,
  planned: PlannedExport,
  { isAnew, was }: { readonly isAnew: boolean; readonly was: string },
  context: DriverContext,
): Promise<Result<{ readonly kept: number; readonly payloadBytes: number }>> {
  const { place, splitBytes, recipient } = request;
  const { host, manifest, step, source } = planned;
  const target = formatTarget(seedTarget(request));
  const label = stepLabel(step, 1, 1);
  let kept = 0;
  let carried = 0;
  context.emit({ type: 'target', target, progress: { phase: 'preparing' } });
  const begun = writeManifest(manifest);
  const { directory } = place;
  const keep = seedKeepCommand({ directory, splitBytes, anew: isAnew, was, manifest: begun });
  const cleared = await follow(host, keep, context.signal, (word) => {
    if (word.kind === 'kept') kept = word.parts;
  });
  if (!cleared.ok) return cleared;
  if (cleared.value.code !== 0) return failed(endFault(place, cleared.value.code, cleared.value.stderr));
  if (kept > 0)
    context.emit({ type: 'note', message: `${kept} parts are whole; the stream is compared with them.` });
  const startedAt = isoTime(context.fleet.clock.now());
  const write = (send: Parameters<typeof seedWriteCommand>[0]['send']) =>
    seedWriteCommand({ ...manifest, directory: place.directory, splitBytes, recipient, send });
  const end = await writeStream(
    { place, host, source: source.host, step, write },
    context,
    (sentBytes, payloadBytes) => {
      carried = payloadBytes;
      const updatedAt = isoTime(context.fleet.clock.now());
      const totalBytes = manifest.payloadBytes;
      const sending = { phase: 'sending', step: label, sentBytes, payloadBytes, totalBytes } as const;
      context.emit({ type: 'target', target, progress: { ...sending, startedAt, updatedAt } });
    },
  );
  if (end === null) return ok({ kept, payloadBytes: carried });
  if (end.code !== 'verify-failed' || kept === 0 || isAnew) return failed(end);
  context.emit({ type: 'note', message: OTHER_STREAM });
  return writeParts(request, planned, { isAnew: true, was: begun }, context);
}

const ENCRYPTED_ANEW =
  'An export of the same was cut off here. What is encrypted is another thing each time, so its parts are made anew.';
const OTHER_STREAM =
  'The parts that were there are not the beginning of this stream: another kernel, perhaps, sends it in another order. They are made anew.';

/** By what lies there now: every part is noted, and none is left out. */
async function wholeManifest(
  request: SeedExportRequest,
  { host, manifest }: PlannedExport,
  { signal }: DriverContext,
): Promise<Result<SeedManifest>> {
  const { place } = request;
  const tools = { compress: null, encrypt: null, recipient: null, identity: null } as const;
  const look = await lookAtPlace(host, place, tools, { signal });
  if (!look.ok) return look;
  const { files, sums } = look.value;
  const parts: SeedPart[] = [];
  for (let number = 1; number <= sums.size; number += 1) {
    const name = partName(number);
    const [bytes, sha256] = [files.get(name), sums.get(name)];
    if (bytes === undefined || sha256 === undefined) return failed(isDisturbed(request));
    parts.push({ name, bytes, sha256 });
  }
  const isAll = parts.length > 0 && ![...files.keys()].some((name) => isPart(name) && !sums.has(name));
  return isAll ? ok({ ...manifest, complete: true, parts }) : failed(isDisturbed(request));
}

const isPart = (name: string): boolean => /^seed\.\d{4}$/.test(name);

const isDisturbed = ({ place }: SeedExportRequest): Fault =>
  fault(
    'verify-failed',
    `The files in ${placeText(place)} are not those that were written.`,
    'Somebody else changed them meanwhile. Export into a directory that nothing else uses.',
    { server: place.server },
  );

/** Null: no run of this journal deletes what is sent, or its base, until it is sent. */
async function pinSent({ source, step }: PlannedExport, context: DriverContext): Promise<Fault | null> {
  const filesystem = source.place.filesystem.uuid;
  const used = step.base ? [step.snapshot, step.base] : [step.snapshot];
  const pins = used.map((one) => ({ filesystem, origin: bornIdOfSnapshot(one) }));
  const met = await claimed(context, (journal) =>
    journal.pin(context.runId, { pins, there: [], since: source.moves }),
  );
  if (!met.ok) return met.fault;
  const [deletion] = met.value;
  if (!deletion) return null;
  const { server } = source.place;
  return fault(
    'locked',
    `What was to be exported is being deleted on ${server} by run ${deletion.run}. Nothing was written.`,
    'Choose another snapshot, or try again when that is done.',
    { server },
  );
}
