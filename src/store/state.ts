/**
 * What the screen shows, as one value: what is known of the fleet, and where the user stands. Nothing derivable is in
 * it, and every value that ages carries its time.
 */

import type { ItemMemory } from '../core/model/automation/automation.ts';
import type { TargetLag, Task, TaskState } from '../core/model/automation/task.ts';
import type { VerifyPolicy } from '../core/model/automation/verify-policy.ts';
import type { Fault } from '../core/model/fault.ts';
import type { Inventory } from '../core/model/inventory.ts';
import type { RetentionPolicy, SnapshotPolicy } from '../core/model/policy.ts';
import type { ReplicationReport } from '../core/model/runs/replication.ts';
import type { Run } from '../core/model/runs/run.ts';
import type { Server } from '../core/model/server.ts';
import type { Hold } from '../core/model/snapshot.ts';
import type { Dashboard } from '../core/model/status/dashboard.ts';
import type { LockHolder } from '../core/state/journal/locks.ts';
import type { FormState } from './form.ts';
import { type Asked, type Browsing, type MonitoringState, NOTHING_MONITORED } from './page-state.ts';

export const PAGES = [
  'dashboard',
  'servers',
  'snapshots',
  'automation',
  'replication',
  'monitoring',
  'history',
] as const;

export type PageId = (typeof PAGES)[number];

export type LookStatus = 'unknown' | 'online' | 'offline' | 'untrusted' | 'unauthorized';

/** What is known of one server, and since when. */
export interface Look {
  readonly status: LookStatus;
  readonly latencySeconds: number | null;
  readonly kernel: string | null;
  readonly btrfsProgs: string | null;
  readonly privilege: string | null;
  readonly fault: Fault | null;
  /** The last one there was, however old: never blanked. */
  readonly inventory: Inventory | null;
  /** When somebody last tried, milliseconds; null: not since the screen was opened. */
  readonly checkedAt: number | null;
  readonly checking: boolean;
  /** The fingerprint that is trusted; null: none. */
  readonly hostKey: string | null;
}

export type NoticeKind = 'good' | 'info' | 'warn' | 'bad';

export interface Notice {
  readonly kind: NoticeKind;
  readonly text: string;
  readonly at: number;
}

/** A command that was run on a server by this process. */
export interface CommandEntry {
  readonly server: string;
  readonly line: string;
  readonly code: number | null;
  readonly seconds: number;
  readonly at: number;
}

export interface ListState {
  /** The object the cursor stands on, by identity; null: the first one. */
  readonly cursor: string | null;
  /** Where that was, for when the object is gone. */
  readonly index: number;
  readonly top: number;
  readonly marks: ReadonlySet<string>;
  /** Where a range began. */
  readonly anchor: string | null;
  readonly sort: string | null;
  readonly reverse: boolean;
  readonly filter: string;
}

export const EMPTY_LIST: ListState = {
  cursor: null,
  index: 0,
  top: 0,
  marks: new Set(),
  anchor: null,
  sort: null,
  reverse: false,
  filter: '',
};

/** Asks before something is done that cannot be undone. What it does was decided when it was opened. */
export interface Confirm {
  readonly title: string;
  readonly lines: readonly string[];
  readonly danger: boolean;
  /** What must be typed in full; null: `y` is enough. */
  readonly mustType: string | null;
  readonly typed: string;
  /** First line shown, where they are too many. */
  readonly top: number;
  /** Milliseconds; keys that came within the arming time are thrown away. */
  readonly openedAt: number;
  /** What is shown again once it was answered, for example the form it is about. Default: nothing. */
  readonly back?: Overlay | null;
  /** Changes nothing on servers or in the configuration, so that it may be done while these must not be changed. */
  readonly isHarmless?: boolean;
  readonly run: () => void;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A list that one is taken of. */
export interface Select {
  readonly title: string;
  readonly items: readonly Choice[];
  /** Value of the item the cursor stands on; null: the first one. */
  readonly at: string | null;
  /** Only what matches is shown; null: nothing is being typed, so letters move. */
  readonly filter: string | null;
  /** Milliseconds; whoever did not see it yet has not chosen. */
  readonly openedAt: number;
  readonly choose: (value: string) => void;
}

export type Overlay =
  | { readonly kind: 'help' | 'palette'; readonly query: string; readonly cursor: number }
  | { readonly kind: 'form'; readonly form: FormState }
  | { readonly kind: 'confirm'; readonly confirm: Confirm }
  | { readonly kind: 'select'; readonly select: Select }
  | { readonly kind: 'jobs'; readonly cursor: number }
  | { readonly kind: 'commands' | 'messages'; readonly top: number }
  | {
      readonly kind: 'text';
      readonly title: string;
      readonly lines: readonly string[];
      /** First line shown, where they are too many. Default: 0. */
      readonly top?: number;
      /** Where Enter leads, in two words, and how; without it Enter only closes. */
      readonly go?: { readonly label: string; readonly run: () => void };
    };

/** What a replication form asks for; null: not chosen by hand, the best one is taken. */
export interface FullForm {
  readonly subvolume: string | null;
  readonly snapshot: string | null;
  readonly targets: readonly string[] | null;
  readonly focus: number;
  /** The run that was started from here last. */
  readonly runId: number | null;
}

export interface IncrementalForm {
  readonly server: string | null;
  /** Its directory below `.snapshots` on the secondary. */
  readonly below: string | null;
  /** Origin id of the snapshot on the secondary. */
  readonly base: string | null;
  /** Name of the newer snapshot on the primary. */
  readonly snapshot: string | null;
  readonly focus: number;
  readonly runId: number | null;
}

/** The runs beyond `runs`, for those who look at the history. */
export interface HistoryState {
  /** From this run on, up to `to`, all are in `runs`; null: there are none. */
  readonly from: number | null;
  /** The newest that the journal had when it was read last. */
  readonly to: number | null;
  /** Before it, newest first. */
  readonly older: readonly Run[];
  /** `cut`: there are more than are kept here. */
  readonly reading: 'unread' | 'reading' | 'whole' | 'cut';
  /** Runs that another version of btrfleet wrote and this one cannot show. */
  readonly unreadable: number;
  /** The journal cannot be read: all runs are as they were before. Milliseconds. */
  readonly trouble: { readonly fault: Fault; readonly since: number; readonly triedAt: number } | null;
}

/** How a task stands, as the journal tells it. */
export interface TaskNow {
  readonly task: string;
  readonly state: TaskState;
  /** One for each target, in the task's order. */
  readonly lags: readonly TargetLag[];
  /** The last round that ended; null: there is none in the journal. */
  readonly lastRun: Pick<Run, 'id' | 'outcome' | 'finishedAt'> | null;
}

/** What became of automation, as the journal remembers it. */
export interface AutomationMemory {
  /** By the key of the item. */
  readonly items: Readonly<Record<string, ItemMemory>>;
  /** Who begins what is due; null: nobody does. */
  readonly scheduler: LockHolder | null;
  /** How each task stands. */
  readonly tasks: readonly TaskNow[];
}

export interface AppState {
  readonly servers: readonly Server[];
  readonly holds: readonly Hold[];
  readonly snapshotPolicies: readonly SnapshotPolicy[];
  readonly retentionPolicies: readonly RetentionPolicy[];
  readonly verifyPolicies: readonly VerifyPolicy[];
  readonly tasks: readonly Task[];
  /** Most seconds that what is due may be put off. */
  readonly jitterSeconds: number;
  /** Null: not read yet, as nobody looked. */
  readonly automation: AutomationMemory | null;
  /** Null: not worked out yet, as nobody looked. */
  readonly dashboard: Dashboard | null;
  /** The configuration cannot be read: everything is shown as it was, nothing is changed. */
  readonly configFault: Fault | null;
  /** Said above everything, all the time; null: nothing is to be said. */
  readonly banner: string | null;
  readonly looks: Readonly<Record<string, Look>>;
  /** The newest, and those older ones that still go on; newest first. */
  readonly runs: readonly Run[];
  readonly history: HistoryState;
  /** Content of snapshots in bytes by uuid; null: could not be counted. */
  readonly sizes: Readonly<Record<string, number | null>>;
  /** Set every few seconds, so that ages go on; milliseconds. */
  readonly now: number;

  readonly size: { readonly columns: number; readonly rows: number };
  readonly page: PageId;
  /** The pages that Enter led here from, the last one last: Esc and q go back there. None: it was chosen by its own key. */
  readonly trail: readonly PageId[];
  readonly tabs: Readonly<Partial<Record<PageId, number>>>;
  readonly lists: Readonly<Record<string, ListState>>;
  readonly overlay: Overlay | null;
  /** The filter of the list is being typed. */
  readonly filtering: boolean;
  readonly notice: Notice | null;
  /** Newest first. */
  readonly messages: readonly Notice[];
  /** Failures that were told up to then were seen; milliseconds. */
  readonly seenAt: number;
  readonly commands: readonly CommandEntry[];
  /** The subvolume of the Snapshots page; null: the first one. */
  readonly subvolume: string | null;
  /** Null: its snapshots are shown. */
  readonly browsing: Browsing | null;
  readonly full: FullForm;
  readonly incremental: IncrementalForm;
  /** What the incremental form would send. */
  readonly delta: Asked<ReplicationReport> | null;
  readonly monitoring: MonitoringState;
  readonly readOnly: boolean;
}

export const INITIAL: AppState = {
  servers: [],
  holds: [],
  snapshotPolicies: [],
  retentionPolicies: [],
  verifyPolicies: [],
  tasks: [],
  jitterSeconds: 0,
  automation: null,
  dashboard: null,
  configFault: null,
  banner: null,
  looks: {},
  runs: [],
  history: { from: null, to: null, older: [], reading: 'unread', unreadable: 0, trouble: null },
  sizes: {},
  now: 0,
  size: { columns: 80, rows: 24 },
  page: 'dashboard',
  trail: [],
  tabs: {},
  lists: {},
  overlay: null,
  filtering: false,
  notice: null,
  messages: [],
  seenAt: 0,
  commands: [],
  subvolume: null,
  browsing: null,
  full: { subvolume: null, snapshot: null, targets: null, focus: 0, runId: null },
  incremental: { server: null, below: null, base: null, snapshot: null, focus: 0, runId: null },
  delta: null,
  monitoring: NOTHING_MONITORED,
  readOnly: false,
};
