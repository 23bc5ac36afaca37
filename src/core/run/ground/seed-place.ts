/** Opens the machine that the files of a seed lie on. */
import type { Host } from '../../hosts/port/host.ts';
import type { Result } from '../../model/result.ts';
import type { SeedPlace } from '../../model/runs/seed.ts';
import { type Fleet, openHost } from './fleet.ts';

/** Faults: those of a connection. */
export const openSeedPlace = async (
  fleet: Fleet,
  { server }: Pick<SeedPlace, 'server'>,
  signal: AbortSignal,
): Promise<Result<Host>> => (server === null ? fleet.hosts.here() : openHost(fleet, server, signal));
