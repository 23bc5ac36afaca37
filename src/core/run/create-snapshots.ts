/**
 * The snapshot driver: makes read-only snapshots of subvolumes on the primary, in one command, under one name, and
 * looks at each. A group is whole or not there: if one member fails, those made with it are taken back.
 */
import { classify } from '../btrfs/classify.ts';
import { deleteSubvolumeCommand } from '../btrfs/commands.ts';
import { parseShow } from '../btrfs/parse-show.ts';
import {
  parseSnapshots,
  type SnapshotOrder,
  type SnapshotOutcome,
  snapshotsCommand,
} from '../btrfs/snapshot-script.ts';
import type { Host } from '../hosts/host.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { CreatedSnapshot, RunReport, RunRequest, SnapshotReport } from '../model/run.ts';
import { joinPath, snapshotName } from '../model/snapshot.ts';
import { findSubvolume, type Place } from '../plan/catalog.ts';
import type { Driver } from './driver.ts';
import { lookAt, primaryServer } from './fleet.ts';

type SnapshotRequest = Extract<RunRequest, { kind: 'snapshot' }>;
type Made = Result<CreatedSnapshot, { readonly subvolume: string; readonly fault: Fault }>;

export const createSnapshots: Driver<SnapshotRequest> = async (request, { fleet, signal }) => {
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
  const name = snapshotName(fleet.clock.now());
  const said = await order(host, found, name, fleet.nonce(), signal);
  if (!said.ok) return whole(said.fault);
  const made = said.value.map((outcome, index) => toMade(host, found[index], name, outcome));
  const report = toReport(made, said.value);
  if (!request.group || report.failed.length === 0) return { kind: 'snapshot', ...report };
  return { kind: 'snapshot', ...(await takeBack(host, report)) };
};

/** Named twice, also by another mount, it is one subvolume: one snapshot. */
const withoutRepeats = (places: readonly Place[]): Place[] => [
  ...new Map(places.map((place) => [`${place.filesystem.uuid} ${place.subvolume.id}`, place])).values(),
];

async function order(
  host: Host,
  places: readonly Place[],
  name: string,
  nonce: string,
  signal: AbortSignal,
): Promise<Result<readonly SnapshotOutcome[]>> {
  const snapshots: SnapshotOrder[] = places.map(({ path, directory }) => ({ source: path, directory, name }));
  const said = await host.run(snapshotsCommand({ sudo: host.facts.sudo, nonce, snapshots }), { signal });
  if (!said.ok) return said;
  const parsed = parseSnapshots(nonce, snapshots.length, said.value.stdout);
  const subject = places.map(({ directory }) => directory).join(', ');
  if (parsed.kind === 'done') return ok(parsed.outcomes);
  if (parsed.kind === 'refused') {
    const { name: server } = host.server;
    return failed(classify({ command: 'mkdir', code: 1, stderr: parsed.output, server, subject }));
  }
  return failed(
    fault(
      'command-failed',
      `The command that makes snapshots broke off on ${host.server.name}: ${said.value.stderr.trim().slice(-300)}`,
      'Look at what was made with "btrfleet snapshot list", then try again.',
      { server: host.server.name },
    ),
  );
}

function toMade(host: Host, place: Place | undefined, name: string, outcome: SnapshotOutcome): Made {
  const subvolume = place?.path ?? '';
  const path = joinPath(place?.directory ?? '', name);
  const server = host.server.name;
  if (outcome.code !== 0) {
    const why = classify({
      command: 'snapshot',
      code: outcome.code,
      stderr: outcome.output,
      server,
      subject: subvolume,
    });
    return failed({ subvolume, fault: why });
  }
  const shown = parseShow(outcome.shown);
  if (shown.ok && shown.value.readOnly && shown.value.uuid !== null) {
    return ok({ subvolume, name, path, uuid: shown.value.uuid, createdAt: name });
  }
  return failed({
    subvolume,
    fault: fault(
      'verify-failed',
      `btrfs said it made ${path} on ${server}, but it is not there read-only.`,
      `Look at it there with "btrfs subvolume show ${path}".`,
      { server },
    ),
  });
}

function toReport(made: readonly Made[], outcomes: readonly SnapshotOutcome[]): SnapshotReport {
  const times = outcomes.map(({ uptimeSeconds }) => uptimeSeconds).filter((seconds) => seconds !== null);
  const spread = times.length > 1 ? Math.max(...times) - Math.min(...times) : 0;
  return {
    snapshots: made.flatMap((one) => (one.ok ? [one.value] : [])),
    spreadSeconds: Math.round(spread * 100) / 100,
    failed: made.flatMap((one) => (one.ok ? [] : [one.fault])),
  };
}

/** Only what this very command made, by its exact path. */
async function takeBack(host: Host, report: SnapshotReport): Promise<SnapshotReport> {
  const kept: CreatedSnapshot[] = [];
  const failures = [...report.failed];
  for (const snapshot of report.snapshots) {
    const deleted = await host.run(deleteSubvolumeCommand(snapshot.path));
    const gone = deleted.ok && deleted.value.code === 0;
    if (!gone) kept.push(snapshot);
    failures.push({ subvolume: snapshot.subvolume, fault: incomplete(host, snapshot, gone) });
  }
  return { snapshots: kept, spreadSeconds: 0, failed: failures };
}

const incomplete = (host: Host, { path }: CreatedSnapshot, gone: boolean): Fault =>
  fault(
    'command-failed',
    `Another member of the group failed, so ${path} ${gone ? 'was taken back' : 'could not be taken back and is still there'}.`,
    'Mend what the other member says, then make the group again.',
    { server: host.server.name },
  );

const whole = (why: Fault): RunReport => ({ kind: 'fault', fault: why });
