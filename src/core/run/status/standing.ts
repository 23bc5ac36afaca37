/** Says how everything stands, worked out once for all who tell of it. It connects to nothing. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Config } from '../../state/config/schema.ts';
import { type FilesystemState, knownStorage } from '../storage/storage.ts';
import { readAhead, TaskReading } from './known-replicas.ts';
import { type StatusFleet, statusesOf, type TaskStatus } from './task-status.ts';

/** As of one moment. */
export interface Standing {
  readonly config: Config;
  /** Of all tasks, in the order of the configuration. */
  readonly statuses: readonly TaskStatus[];
  /** Of all servers. */
  readonly storage: readonly FilesystemState[];
}

/** Fault: config-invalid. */
export function standingNow(fleet: StatusFleet): Result<Standing> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const { config } = read.value;
  return ok(standing(fleet, config, new TaskReading(fleet, config.servers, config.tasks)));
}

const cancelled = fault('cancelled', 'Stopped reading what is known.', 'Start it again when you want it.');

/**
 * The same, a few milliseconds at a time: looks of a large fleet take seconds to read, and transfers are at work. Fault
 * as well: cancelled, and the rest is not read.
 */
export async function standingSoon(fleet: StatusFleet, signal: AbortSignal): Promise<Result<Standing>> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const { config } = read.value;
  const reading = await readAhead(fleet, config.servers, config.tasks, signal);
  return signal.aborted ? failed(cancelled) : ok(standing(fleet, config, reading));
}

const standing = (fleet: StatusFleet, config: Config, reading: TaskReading): Standing => ({
  config,
  statuses: statusesOf(fleet, config, config.tasks, reading),
  storage: knownStorage(
    fleet,
    config.servers.map(({ name }) => name),
  ),
});
