/** What a seed is: a snapshot as files that are carried by hand; what writing and reading one is asked for and reported as. */
import { THIS_MACHINE } from '../server.ts';
import type { Target } from '../target.ts';
import { none, type RunSpec, TOLD_NOTHING } from './spec.ts';
import type { TargetResult } from './target-result.ts';

/** Where the files of a seed lie. */
export interface SeedPlace {
  /** The server they are on; null: the machine btrfleet runs on. */
  readonly server: string | null;
  /** Absolute path there. */
  readonly directory: string;
}

/** How the stream became files: packed first, then encrypted, then split. */
export interface SeedCoding {
  readonly compress: 'zstd' | null;
  readonly encrypt: 'age' | null;
}

/** Writes a snapshot of the primary as a seed. */
export interface SeedExportRequest {
  readonly verb: 'export';
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly snapshot: string;
  /** Name of the snapshot it builds on; null: in full. */
  readonly base: string | null;
  readonly place: SeedPlace;
  /** Bytes of a part, a whole number of MiB, at most `LARGEST_PART`. */
  readonly splitBytes: number;
  readonly compress: 'zstd' | null;
  /** A recipient of age, which is no secret; null: not encrypted. */
  readonly recipient: string | null;
}

/** Makes a replica of a seed, where a replication to that target would put it. */
export interface SeedImportRequest {
  readonly verb: 'import';
  readonly subvolume: string;
  readonly place: SeedPlace;
  readonly target: Target;
  /** Path of the file with the key of age, where the files of the seed lie; null: none. */
  readonly identity: string | null;
}

export type SeedRequest = SeedExportRequest | SeedImportRequest;

/** A seed as a replication takes it in: what its manifest says, once all of it was checked. */
export interface SeedSource extends SeedPlace, SeedCoding {
  /** Whose it says it is: a path and a server, for people. */
  readonly from: string;
  readonly identity: string | null;
  readonly parts: number;
  /** Bytes of all parts. */
  readonly bytes: number;
  /** Of all parts together, as they were checked. */
  readonly digest: string;
  readonly snapshot: SeedSnapshot;
  readonly base: SeedSnapshot | null;
  /** Of the subvolume it is of (btrfs/marks). */
  readonly mark: string;
  /** Bytes of file contents; null: not known. */
  readonly payloadBytes: number | null;
}

export interface SeedSnapshot {
  readonly name: string;
  /** On the server it was sent from. */
  readonly uuid: string;
  readonly originId: string;
}

export interface SeedReport extends SeedCoding {
  readonly verb: SeedRequest['verb'];
  readonly subvolume: string;
  /** Of an export the one it was written from, of an import the one it went to. */
  readonly server: string;
  readonly place: SeedPlace;
  readonly snapshot: string;
  readonly base: string | null;
  readonly parts: number;
  /** Of all parts. */
  readonly bytes: number;
  /** Parts that an export before this one had made, and that were the same. */
  readonly keptParts: number;
  readonly elapsedSeconds: number;
  /** Of an import; null: of an export. */
  readonly replica: TargetResult | null;
}

/** What lies beside the parts. It may come on a disk from anywhere, so all of it is looked at before any of it is used. */
export interface SeedManifest extends SeedCoding {
  readonly format: typeof SEED_FORMAT;
  readonly version: typeof SEED_VERSION;
  /** False: its export has not come to its end. */
  readonly complete: boolean;
  /** When its export was begun, ISO 8601 UTC. */
  readonly createdAt: string;
  /** It was sent from, as its manager calls it. */
  readonly server: string;
  readonly subvolume: string;
  readonly mark: string;
  readonly snapshot: SeedSnapshot;
  readonly base: SeedSnapshot | null;
  /** Version of the send stream. */
  readonly protocol: 1;
  readonly splitBytes: number;
  readonly payloadBytes: number | null;
  /** In their order; none before it is complete. */
  readonly parts: readonly SeedPart[];
}

export interface SeedPart {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const SEED_FORMAT = 'btrfleet-seed';
export const SEED_VERSION = 1;
/** Bytes: with 9,999 parts it is less than half as long. */
export const LONGEST_MANIFEST = 4 * 1024 * 1024;

/** All that an export would do, as it is shown before. */
export interface ShownExport extends SeedCoding {
  readonly subvolume: string;
  readonly server: string;
  readonly place: SeedPlace;
  readonly snapshot: string;
  readonly base: string | null;
  /** Bytes of file contents in the stream; null: they could not be counted in time. */
  readonly estimatedBytes: number | null;
  /** Of that size, before it is packed; null: not known. */
  readonly estimatedParts: number | null;
  readonly splitBytes: number;
  /** Where the parts go; null: not told. */
  readonly freeBytes: number | null;
  /** Where the filesystem is mounted that they go to; null: not told. */
  readonly mount: string | null;
  /** An earlier export of the same was cut off there: its parts that are whole are not made again. */
  readonly isResumed: boolean;
  readonly partsThere: number;
}

/** All that an import would do. */
export interface ShownImport extends SeedCoding {
  readonly subvolume: string;
  readonly place: SeedPlace;
  readonly snapshot: string;
  readonly base: string | null;
  readonly parts: number;
  readonly bytes: number;
  /** Directory below `.snapshots` there, as a task keeps its replicas in it; null: the usual one. */
  readonly into: string | null;
  /** `planned`, and where to. */
  readonly replica: TargetResult;
}

/** As parts are called, in their order. */
export const partName = (number: number): string => `seed.${String(number).padStart(4, '0')}`;
export const MOST_PARTS = 9999;
/** Bytes. Each part is read back before it counts; of a larger one a slow disk says nothing for too long. */
export const LARGEST_PART = 8 * 1024 ** 3;

export const SEED: RunSpec<SeedRequest, SeedReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: (request) => (request.verb === 'import' ? request.target.server : null),
  targets: (request) => [seedTarget(request)],
  snapshots: (request) => (request.verb === 'export' ? [request.snapshot] : []),
  told: ({ server }) => ({ ...TOLD_NOTHING, servers: [server] }),
  // What an import sends is told by the replication that is a part of it.
  sent: () => null,
  faults: none,
  outcome: () => 'ok',
};

/** Its progress is told by this name: where an import goes, or the directory that an export fills. */
export const seedTarget = (request: SeedRequest): Target =>
  request.verb === 'import'
    ? request.target
    : { server: request.place.server ?? THIS_MACHINE, mount: request.place.directory };
