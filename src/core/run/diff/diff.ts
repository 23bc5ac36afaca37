/** Says what is different between two snapshots of a subvolume, or between one and now, without reading any file. */

import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { changesOf } from '../../btrfs/diff/changes.ts';
import { liveCommand, NOT_MADE, STAYED } from '../../btrfs/diff/live-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { Host } from '../../hosts/port/host.ts';
import { type Diff, type DiffWish, isLeftBehind, passingName } from '../../model/change.ts';
import { isoTime } from '../../model/clock.ts';
import type { Command } from '../../model/command.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  baseName,
  bornIdOfSnapshot,
  joinPath,
  parentDirectory,
  type Snapshot,
} from '../../model/snapshot.ts';
import { insidePath, nearestMount, type Place } from '../../plan/catalog/catalog.ts';
import { throughOneMount, withWays } from '../../plan/catalog/one-mount.ts';
import type { Fleet } from '../ground/fleet.ts';
import { chooseSides, isLive, LIVE, type Sides } from './choose.ts';
import { readStream, type StreamEnd } from './read-stream.ts';

/** Faults: those of `chooseSides`, send-failed, and what keeps a snapshot from being made. */
export async function diff(fleet: Fleet, wish: DiffWish, signal: AbortSignal): Promise<Result<Diff>> {
  const sides = await chooseSides(fleet, wish, signal);
  if (!sides.ok) return sides;
  const { host, old, below } = sides.value;
  const recent = sides.value.new;
  const asked = isLive(recent) ? askLive(fleet, sides.value, recent) : ask(sides.value, recent);
  if (!asked.ok) return asked;
  const read = await readStream(host, asked.value.command, asked.value.failure, { signal });
  if (!read.ok) return read;
  const { folded, stderr } = read.value;
  if (!isLive(recent) && folded.uuid !== bornIdOfSnapshot(recent))
    return failed(isAnother(host.server.name, recent.path));
  const found = changesOf(folded, Buffer.from(below, 'utf8').toString('latin1'));
  if ('why' in found) return failed(isUntrue(host.server.name, found.why));
  const { subvolume } = wish;
  const names = { old: old.name, new: isLive(recent) ? LIVE : recent.name };
  const leftBehind = stderr.includes(STAYED) ? asked.value.passing : null;
  return ok({ subvolume, server: host.server.name, ...names, path: below, leftBehind, ...found });
}

interface Asked {
  readonly command: Command;
  readonly failure: (end: StreamEnd) => Fault;
  /** Path of the snapshot that is made for it; null: none is. */
  readonly passing: string | null;
}

function ask({ host, filesystem, old }: Sides, recent: Snapshot): Result<Asked> {
  const paths = onOneMount(filesystem, old, recent);
  if (!paths) return failed(noMount(host.server.name, old.path, recent.path));
  const command = estimateCommand({ ...paths, compress: false });
  return ok({ command, failure: failureOf(host, recent.path), passing: null });
}

function askLive(fleet: Fleet, { host, filesystem, old }: Sides, place: Place): Result<Asked> {
  const now = fleet.clock.now();
  const name = passingName(isoTime(now));
  const passing = joinPath(place.directory, name);
  const paths = onOneMount(filesystem, old, { path: passing });
  const mount = paths && nearestMount(filesystem, paths.snapshot)?.path;
  if (!paths || mount === undefined || mount === null)
    return failed(noMount(host.server.name, old.path, place.path));
  const command = liveCommand({
    ...{ sudo: host.facts.sudo, source: place.path, name, base: paths.base },
    directory: belowMount(mount, parentDirectory(paths.snapshot)),
    left: leftBehind(place, now),
  });
  return ok({ command, failure: failureOf(host, place.path), passing });
}

function onOneMount(filesystem: Place['filesystem'], old: Snapshot, recent: { readonly path: string }) {
  const [snapshot, base] = withWays(filesystem, [{ ...old, ...recent }, old]);
  return snapshot && base ? throughOneMount(snapshot, base) : null;
}

/** A loss of power ends a command between making a snapshot and deleting it. */
function leftBehind({ filesystem, directory }: Place, now: number): string[] {
  const { listing } = filesystem;
  const inside = insidePath(filesystem, directory);
  if (!listing.ok) return [];
  return listing.value
    .filter(({ path, readOnly }) => readOnly && parentDirectory(`/${path}`) === `/${inside}`)
    .map(({ path }) => baseName(path))
    .filter((name) => isLeftBehind(name, now));
}

const failureOf =
  (host: Host, subject: string) =>
  ({ code, stderr }: StreamEnd): Fault =>
    classify({
      ...{ command: code === NOT_MADE ? 'snapshot' : 'send', code, stderr, subject },
      ...{ server: host.server.name, sudoers: host.facts.sudoers },
    });

const noMount = (server: string, old: string, recent: string): Fault =>
  fault(
    'not-mounted',
    `No mount on ${server} shows both ${old} and ${recent}, and btrfs compares only what one shows.`,
    'Mount the top level of that filesystem there (subvolid=5).',
    { server },
  );

const isAnother = (server: string, path: string): Fault =>
  fault(
    'no-such-snapshot',
    `${path} on ${server} is another snapshot than it was a moment ago.`,
    'Try again.',
    {
      server,
      retry: true,
    },
  );

const isUntrue = (server: string, why: string): Fault =>
  fault('send-failed', `What "btrfs send" on ${server} said cannot be followed: ${why}.`, 'Try again.', {
    server,
  });
