/**
 * The snapshot driver: makes read-only snapshots of subvolumes on the primary, in one command, under one name, with
 * the hooks around them; what is due only where no manager has made it yet. That command is never broken off.
 */

import { HOOK_GRACE_SECONDS } from '../../btrfs/ask/hook-script.ts';
import {
  SNAPSHOT_LOCK_SECONDS,
  type SnapshotsOrder,
  snapshotsCommand,
} from '../../btrfs/ask/snapshot-script.ts';
import { CLOCK_SKEW_MS, STOP_WORD } from '../../btrfs/ask/snapshot-work.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { parseSnapshots } from '../../btrfs/read/snapshots.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RunReport } from '../../model/runs/run.ts';
import type { SnapshotRequest } from '../../model/runs/snapshot.ts';
import { isSnapshotName, snapshotName } from '../../model/snapshot.ts';
import { findSubvolume, type Place, snapshotsIn } from '../../plan/catalog/catalog.ts';
import type { Driver } from '../ground/driver.ts';
import { lookAt, primaryServer } from '../ground/fleet.ts';
import { brokeOff, goesOn, lacksTool, lockedElsewhere, unlockedText } from './faults.ts';
import { type SaidDone, snapshotReport } from './report.ts';
import { runToEnd } from './run-to-end.ts';

/** What it takes without hooks, on a server that is slow. */
const WORK_SECONDS = 120;
/** How long a cancelled command is waited for; a scheduler that is stopped has 30 s in all. */
const CANCEL_SECONDS = 15;
/** Names of those that would do, where the login cannot look: the newest are enough to find one all members have. */
const KNOWN_NAMES = 20;

export const createSnapshots: Driver<'snapshot'> = async (request, context) => {
  const { fleet, signal, emit } = context;
  const primary = primaryServer(fleet);
  if (!primary.ok) return whole(primary.fault);
  const seen = await lookAt(fleet, primary.value.name, signal);
  if (!seen.ok) return whole(seen.fault);
  const { host, inventory } = seen.value;
  const places = request.subvolumes.map((path) => findSubvolume(inventory, path));
  const missing = places.find((place) => !place.ok);
  // One mistyped name must not leave half of what was asked for behind.
  if (missing && !missing.ok) return whole(missing.fault);
  const found = withoutRepeats(places.flatMap((place) => (place.ok ? [place.value] : [])));
  const order = orderOf(host, found, request, fleet.clock.now(), fleet.nonce());
  if (!order.ok) return whole(order.fault);
  const said = await carryOut(host, order.value, found, signal);
  if (!said.ok) return whole(said.fault);
  if (said.value.unlocked)
    emit({
      type: 'note',
      message: unlockedText(
        host.server,
        found.map(({ directory }) => directory),
      ),
    });
  const { hooks } = request;
  const report = snapshotReport(said.value, { server: host.server, ordered: found, hooks });
  const [first] = report.failed;
  // Nothing was made and nothing else went wrong: it is a cancel and no failure.
  if (said.value.stopped && first && report.hooks.every(({ when, fault: why }) => when === 'before' || !why))
    return whole(first.fault);
  return { kind: 'snapshot', ...report };
};

/** Named twice, also by another mount, it is one subvolume: one snapshot. */
const withoutRepeats = (places: readonly Place[]): Place[] => [
  ...new Map(places.map((place) => [`${place.filesystem.uuid} ${place.subvolume.id}`, place])).values(),
];

function orderOf(
  { facts: { sudo } }: Host,
  places: readonly Place[],
  { dueAt, group, hooks }: SnapshotRequest,
  now: number,
  nonce: string,
): Result<SnapshotsOrder> {
  const dueSince = dueAt === null ? null : snapshotName(Date.parse(dueAt));
  const snapshots: SnapshotsOrder['snapshots'][number][] = [];
  for (const place of places) {
    const known = dueSince === null ? ok([]) : namesSince(place, dueSince, now);
    if (!known.ok) return known;
    const directory = belowMount(place.mount, place.directory);
    snapshots.push({ source: place.path, directory, known: known.value });
  }
  return ok({ sudo, nonce, now, dueSince, group, hooks, snapshots });
}

/** The newest names, oldest first, of whole snapshots that were made since then and are not from the future. */
function namesSince(place: Place, since: string, now: number): Result<string[]> {
  const there = snapshotsIn(place.filesystem, place.directory);
  if (!there.ok) return there;
  const until = snapshotName(now + CLOCK_SKEW_MS);
  return ok(
    there.value
      .filter(
        ({ name, state }) => state === 'complete' && isSnapshotName(name) && name >= since && name <= until,
      )
      .map(({ name }) => name)
      .toSorted()
      .slice(-KNOWN_NAMES),
  );
}

async function carryOut(
  host: Host,
  order: SnapshotsOrder,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Result<SaidDone>> {
  const { name: server } = host.server;
  const directories = places.map(({ directory }) => directory).join(', ');
  // Without the signal: a cancel is passed on as a word.
  const limit = { of: 'whole', seconds: secondsFor(order) } as const;
  const opened = await host.stream(snapshotsCommand(order), { limit });
  if (!opened.ok) return opened;
  const ended = await runToEnd(server, opened.value, {
    graceSeconds: CANCEL_SECONDS,
    stopWord: STOP_WORD,
    signal,
  });
  if (!ended.ok) return failed(goesOn(ended.fault, order.hooks.length > 0));
  const said = parseSnapshots(order.nonce, order.snapshots.length, ended.value.stdout);
  switch (said.kind) {
    case 'done':
      return ok(said);
    case 'refused':
      return failed(
        classify({
          command: 'mkdir',
          code: 1,
          stderr: said.output,
          server,
          subject: directories,
          sudoers: host.facts.sudoers,
        }),
      );
    case 'locked':
      return failed(lockedElsewhere(server, directories));
    case 'lacks':
      return failed(lacksTool(server, said.tool));
    case 'broken':
      return failed(goesOn(brokeOff(server, ended.value.stderr), order.hooks.length > 0));
  }
}

/** As long as everything in it may take. */
function secondsFor({ hooks, snapshots }: SnapshotsOrder): number {
  const limits = hooks.flatMap(({ before, after }) =>
    [before, after].flatMap((hook) => (hook ? [hook.timeoutSeconds + HOOK_GRACE_SECONDS] : [])),
  );
  const locks = snapshots.length * SNAPSHOT_LOCK_SECONDS;
  return limits.reduce((sum, seconds) => sum + seconds, WORK_SECONDS + locks);
}

const whole = (why: Fault): RunReport => ({ kind: 'fault', fault: why });
