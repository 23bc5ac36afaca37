/** Decides how a server stands on the Dashboard: whether it was reached, how old what is known of it is, how full it is. */

import { ageOf } from '../../model/clock.ts';
import type { Fault } from '../../model/fault.ts';
import type { Filesystem } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';
import type {
  DashboardFilesystem,
  DashboardServer,
  ServerSightStatus,
} from '../../model/status/dashboard.ts';
import type { StorageGap } from '../storage/gaps.ts';
import type { Trend } from '../storage/trend.ts';
import type { StorageWarning } from '../storage/warnings.ts';

/** What came of the last look at a server. */
export interface SeenServer {
  readonly server: Pick<Server, 'name' | 'role'>;
  readonly status: ServerSightStatus;
  readonly latencySeconds: number | null;
  /** When its btrfs was last seen, ISO 8601 UTC; null: never. */
  readonly seenAt: string | null;
  /** Why it could not be looked at; null: it was, or nobody tried. */
  readonly fault: Fault | null;
}

export interface KnownFilesystem {
  readonly server: string;
  readonly filesystem: Pick<Filesystem, 'mount' | 'uuid' | 'space'>;
  /** When its devices and metadata were looked at; null: never. */
  readonly storageSeenAt: string | null;
  readonly trend: Trend | null;
  readonly warnings: readonly StorageWarning[];
  readonly unchecked: readonly StorageGap[];
}

interface Moment {
  readonly now: number;
  readonly staleSeconds: number;
}

export function serverState(
  { server, status, latencySeconds, seenAt, fault }: SeenServer,
  filesystems: readonly KnownFilesystem[],
  { now, staleSeconds }: Moment,
): DashboardServer {
  const ageSeconds = ageOf(seenAt, now);
  return {
    ...{ server: server.name, role: server.role, status, latencySeconds, seenAt, ageSeconds, fault },
    isStale: ageSeconds === null || ageSeconds > staleSeconds,
    filesystems: filesystems.map(filesystemState),
  };
}

const filesystemState = ({
  filesystem,
  storageSeenAt,
  trend,
  warnings,
  unchecked,
}: KnownFilesystem): DashboardFilesystem => ({
  mount: filesystem.mount,
  uuid: filesystem.uuid,
  sizeBytes: filesystem.space.sizeBytes,
  usedBytes: filesystem.space.usedBytes,
  freeBytes: filesystem.space.freeBytes,
  growthBytesPerDay: trend === null ? null : Math.round(trend.bytesPerDay),
  fullInDays: trend === null || trend.fullInDays === null ? null : Math.round(trend.fullInDays),
  checkedAt: storageSeenAt,
  ...{ warnings, unchecked },
});
