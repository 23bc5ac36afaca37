/**
 * The words of `btrfleet/core`: what goes into an open fleet and what comes out. How one is opened is the entry's own
 * (src/library.ts), which hands in clock, chance and environment. Loading this does nothing.
 */
export type {
  Cancellable,
  EndedRun,
  HostKey,
  NewServer,
  OpenFleet,
  RunOptions,
} from './library/open-fleet.ts';
export type {
  Change,
  ChangedAttribute,
  ChangeKind,
  Changes,
  ComparedFile,
  Diff,
  DiffWish,
  DirectoryTotals,
  FileDiff,
} from './model/change.ts';
export type { Clock } from './model/clock.ts';
export type { Fault, FaultCode } from './model/fault.ts';
export { bytesOfName, nameFromBytes } from './model/file-name.ts';
export type {
  FileVersion,
  FindWish,
  FoundName,
  FoundNames,
  FoundVersions,
  Holder,
  SeenTree,
  VersionsWish,
} from './model/file-versions.ts';
export type {
  BrowseWish,
  FileEntry,
  FileKind,
  FileOwner,
  FilePage,
  FileStat,
  TreeWish,
} from './model/files.ts';
export type { Filesystem, Inventory, Mount, Space, Subvolume } from './model/inventory.ts';
export type { Result } from './model/result.ts';
export type {
  KeepReason,
  Kept,
  LadderRules,
  PerPeriodRules,
  RetentionPlan,
  RetentionRules,
} from './model/retention.ts';
export { deletedBy, keptBy, reasonText } from './model/retention.ts';
export type {
  ExtractChoices,
  ExtractReport,
  ExtractRequest,
  ExtractWish,
  Overwrite,
  ShownExtract,
} from './model/runs/extract.ts';
export type { Job, JobEvent, TargetJob, TargetProgress } from './model/runs/job.ts';
export type {
  ReplicationReport,
  ReplicationRequest,
  TransferOptions,
  Wanted,
} from './model/runs/replication.ts';
export { BY_HAND, USUAL_TRANSFER } from './model/runs/replication.ts';
export type { Run, RunKind, RunReport, RunRequest, RunState } from './model/runs/run.ts';
export { faultsOf, subjectOf } from './model/runs/run.ts';
export type { RunFilter } from './model/runs/run-filter.ts';
export { snapshotByHand } from './model/runs/snapshot.ts';
export type { RunOutcome } from './model/runs/spec.ts';
export type { TargetResult } from './model/runs/target-result.ts';
export type { Auth, Role, Server, ServerSecrets } from './model/server.ts';
export type { HostFacts, ServerCheck, ServerStatus } from './model/server-check.ts';
export type { Snapshot, SnapshotState } from './model/snapshot.ts';
export type { Finding, FindingCode, Level, Subject } from './model/status/finding.ts';
export type {
  FleetHealth,
  Health,
  Overall,
  PrimaryHealth,
  ReplicaHealth,
} from './model/status/health.ts';
export type { Surroundings } from './model/surroundings.ts';
export type { Target } from './model/target.ts';
export { formatTarget, parseTarget } from './model/target.ts';
