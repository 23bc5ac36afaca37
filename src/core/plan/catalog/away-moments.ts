/** Decides what is remembered of disks that stood at a target and are not mounted now: they may take turns there. */
import type { Inventory } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';

/** A replica that was once seen whole. */
export interface RememberedReplica {
  readonly originId: string;
  /** Uuid of the filesystem it was on; null: not known. */
  readonly filesystem: string | null;
  readonly mount: string;
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly verifiedAt: string;
}

/** By filesystem uuid: names of complete replicas. */
export type AwayMoments = ReadonlyMap<string, ReadonlySet<string>>;

interface About {
  readonly server: Server;
  readonly look: Inventory | null;
  /** The subvolume on the primary, and the filesystem it lies on. */
  readonly source: { readonly server: string; readonly filesystemUuid: string } | null;
}

/** Not of a disk that is mounted, though it may be elsewhere. */
export function awayMoments(replicas: readonly RememberedReplica[], { look }: About): AwayMoments {
  const mounted = new Set(look?.filesystems.map(({ uuid }) => uuid));
  const found = new Map<string, Set<string>>();
  for (const { filesystem, name } of replicas) {
    if (filesystem === null || mounted.has(filesystem)) continue;
    found.set(filesystem, (found.get(filesystem) ?? new Set()).add(name));
  }
  return found;
}

/** Without what lies on the filesystem of the subvolume itself: it burns with it. */
export const notBeside = ({
  server,
  source,
  remembered,
}: About & { readonly remembered: readonly RememberedReplica[] }): RememberedReplica[] =>
  remembered.filter(
    ({ filesystem }) => source?.server !== server.name || filesystem !== source.filesystemUuid,
  );
