/**
 * What a program does with a fleet: all of `btrfleet/core` but its types. Whatever may fail in an expected way answers
 * with a `Result`: nothing here throws for a server, a file or a full disk. Paths are absolute, times ISO 8601 UTC.
 */
import type { Diff, DiffWish, FileDiff } from '../model/change.ts';
import type { Fault } from '../model/fault.ts';
import type { FindWish, FoundNames, FoundVersions, VersionsWish } from '../model/file-versions.ts';
import type { BrowseWish, FilePage } from '../model/files.ts';
import type { Result } from '../model/result.ts';
import type { RetentionPlan, RetentionRules } from '../model/retention.ts';
import type { ExtractWish, ShownExtract } from '../model/runs/extract.ts';
import type { Job, JobEvent } from '../model/runs/job.ts';
import type { ReplicationReport, ReplicationRequest } from '../model/runs/replication.ts';
import type { Run, RunReport, RunRequest } from '../model/runs/run.ts';
import type { RunFilter } from '../model/runs/run-filter.ts';
import type { Server, ServerSecrets } from '../model/server.ts';
import type { ServerCheck } from '../model/server-check.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { FleetHealth } from '../model/status/health.ts';

/** A server to be added. Left out: port 22, user root, reached directly, no mount of its own for replicas. */
export type NewServer = Pick<Server, 'name' | 'host' | 'auth'> & Partial<Server>;

/** The key with which a server proves who it is. */
export interface HostKey {
  /** Such as `ssh-ed25519` (RFC 4253, 6.6). */
  readonly type: string;
  /** `SHA256:…`, as OpenSSH shows it. */
  readonly fingerprint: string;
}

/** What lasts can be cancelled. */
export interface Cancellable {
  /** Aborted: what is begun is given up, and cleaned up first. The answer is then the fault `cancelled`. */
  readonly signal?: AbortSignal;
}

/** How a run is followed and ended. */
export interface RunOptions extends Cancellable {
  /** Sees every event as it happens, and the job with the event folded in. It must not throw. */
  readonly onEvent?: (event: JobEvent, job: Job) => void;
}

/** A run that is over. */
export interface EndedRun {
  /** Its number in the journal, from 1. */
  readonly id: number;
  /** What it came to, server by server; kind `fault`: it failed as a whole, and nothing was changed. */
  readonly report: RunReport;
  /** Why the journal could not take the report, which then is nowhere else; null: it is there. */
  readonly unwritten: Fault | null;
}

/** One state directory, opened. Any method may answer `locked` or `no-space`, when the journal can take no more. */
export interface OpenFleet {
  /** The state directory. */
  readonly home: string;
  /** What whoever opened it should know of it, in sentences: keys of the configuration that are not known, rights. */
  readonly notes: readonly string[];

  /** As they are configured now. Fault: `config-invalid`. */
  servers(): Result<readonly Server[]>;

  /**
   * Adds a server, reachable or not; the first one becomes the primary. Secrets go into the vault, nowhere else.
   * Faults: `server-exists`, `config-invalid`, `vault-locked`, `vault-tampered`.
   */
  addServer(server: NewServer, secrets?: ServerSecrets): Result<Server>;

  /** The host key a server shows now, trusted or not. Faults: `no-such-server`, `unreachable`, `jump-failed`. */
  hostKey(server: string): Promise<Result<HostKey>>;

  /**
   * Trusts the host key a server shows now, which must have that fingerprint: compare it with what the server itself says.
   * Faults: `no-such-server`, `host-key-unverified` (it shows another one), `unreachable`, `jump-failed`.
   */
  trustHostKey(server: string, fingerprint: string): Promise<Result<HostKey>>;

  /**
   * Looks at servers, all at once: whether each can be worked with, and what it holds. A server that cannot be looked at
   * has its own fault in its place and delays nobody. `servers`: their names; left out: all.
   * Faults of the whole: `no-such-server`, `config-invalid`.
   */
  look(
    options?: Cancellable & { readonly servers?: readonly string[] },
  ): Promise<Result<readonly ServerCheck[]>>;

  /**
   * The snapshots of a subvolume on the primary, or its replicas on another server, oldest first.
   * `subvolume`: its path on the primary. `server`: left out, the primary.
   * Faults: `no-primary`, `no-such-server`, `no-such-subvolume`, `not-mounted`, and why a server cannot be looked at.
   */
  snapshots(
    subvolume: string,
    options?: Cancellable & { readonly server?: string },
  ): Promise<Result<readonly Snapshot[]>>;

  /**
   * One directory of a snapshot, a replica or a subvolume (`live`), a page at a time. No link is followed.
   * Faults: `no-such-snapshot`, `no-such-file`, `not-readable`, `unsafe-path`, `nested-subvolumes`, `usage`, `refused`,
   * `tool-missing`, and those of `snapshots`.
   */
  browse(wish: BrowseWish, options?: Cancellable): Promise<Result<FilePage>>;

  /**
   * All versions of a file or directory over all snapshots and replicas. Servers that could not be looked at are in it.
   * Faults: `usage`, `no-such-subvolume`, `no-primary`, `config-invalid`, and why a primary that was never seen cannot be looked at.
   */
  versions(wish: VersionsWish, options?: Cancellable): Promise<Result<FoundVersions>>;

  /**
   * In which snapshots a name lives, within a budget of time; what it did not get to is in it.
   * Faults: `usage`, `no-such-server`, `no-such-subvolume`, `no-primary`, and why a server cannot be looked at.
   */
  find(wish: FindWish, options?: Cancellable): Promise<Result<FoundNames>>;

  /**
   * How every subvolume with snapshots, a policy or a task is off, on the primary and on each server that should have it.
   * `fresh` false: as it was last seen, without a look at any server. Left out: true.
   * Faults: `no-primary`, `config-invalid`, and why a primary that was never seen cannot be looked at.
   */
  health(options?: Cancellable & { readonly fresh?: boolean }): Promise<Result<FleetHealth>>;

  /**
   * What a replication would send, target by target, with its base and its estimate in bytes; nothing is changed.
   * Results are `planned`, `already-there`, or `failed` with the reason it would. Faults: those of `snapshots`.
   */
  planReplication(request: ReplicationRequest, options?: Cancellable): Promise<Result<ReplicationReport>>;

  /**
   * What a clean-up by these rules would keep, with every reason, and what it would delete; nothing is changed.
   * It may wait up to 15 s for a replication that has just begun to say what it needs. `server`: left out, the primary.
   * Faults: those of `snapshots`, `usage` (rules that keep nothing), `stalled`.
   */
  planCleanup(
    wanted: { readonly subvolume: string; readonly server?: string; readonly rules: RetentionRules },
    options?: Cancellable,
  ): Promise<Result<RetentionPlan>>;

  /**
   * What is different between two snapshots of a subvolume, or between one and now, without reading a file. `new`: `live`
   * is the subvolume as it is now; a snapshot is made for that, and deleted again.
   * Faults: those of `snapshots`, `no-such-snapshot`, `refused` (two filesystems), `send-failed`, `usage`.
   */
  diff(wish: DiffWish, options?: Cancellable): Promise<Result<Diff>>;

  /**
   * The lines of one file of two snapshots, `path`; of what is no text its size and hash.
   * Faults: those of `diff`, `sudo-missing`, `unsafe-path` (it is, or lies behind, a symbolic link).
   */
  diffFile(wish: DiffWish, options?: Cancellable): Promise<Result<FileDiff>>;

  /**
   * What bringing files of a snapshot back would do; nothing is changed. `request` is what `run` carries out, as it was shown.
   * Faults: `usage`, `no-such-snapshot`, `no-such-file`, `unsafe-path`, `refused` (there would be no way back), `tool-missing`,
   * `read-only-filesystem`, and those of `snapshots`.
   */
  planExtract(
    wish: ExtractWish,
    options?: Cancellable,
  ): Promise<Result<{ readonly shown: ShownExtract; readonly request: RunRequest }>>;

  /**
   * Carries a request out in this process, as the commands do: with its row in the journal, its locks and its progress.
   * Other processes on the same state directory see it, and may cancel it. What fails on a server is in the report.
   */
  run(request: RunRequest, options?: RunOptions): Promise<Result<EndedRun>>;

  /** Runs of the journal, whoever asked for them, newest first; runs of a process that died count as interrupted. */
  runs(filter: RunFilter): Result<readonly Run[]>;

  /** One run, by its number. Faults: `no-such-run`, `refused` (another version of btrfleet wrote it). */
  runById(id: number): Result<Run>;

  /** Closes connections and files; what still runs is to be cancelled and awaited before. */
  close(): Promise<void>;
}
