/** A replica as the journal remembers it. */

export interface Replica {
  readonly originId: string;
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly server: string;
  /** Uuid of the filesystem it lies on: disks may take turns at one mount. Null: it was not noted in those days. */
  readonly filesystem: string | null;
  readonly mount: string;
  readonly path: string;
  readonly name: string;
  /** When the server was last seen to list it complete, ISO 8601 UTC. */
  readonly verifiedAt: string;
}
