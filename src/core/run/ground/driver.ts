/** What a driver is: it carries one request out over the fleet, tells what it does as it does it, and returns a report. */
import type { Fault } from '../../model/fault.ts';
import type { JobEvent } from '../../model/runs/job.ts';
import type { RequestOf, RunKind, RunReport, RunRequest, Trigger } from '../../model/runs/run.ts';
import type { Fleet, Look } from './fleet.ts';
import type { Patiently } from './patiently.ts';

export interface DriverContext {
  readonly fleet: Fleet;
  /** The row in the journal this is done for. */
  readonly runId: number;
  readonly trigger: Trigger;
  /** Whether a task that another run is at is waited for; else it is a fault. */
  readonly patient: boolean;
  /** Aborted when somebody cancels: both ends are stopped and what is half done is removed. */
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
  /** For what must be in the journal before the work goes on: waits for one that fails for a while. */
  readonly patiently: Patiently;
  /** Carries a part out as a run of its own below this one, with its lock, its progress and its row in the journal. */
  readonly part: (part: Part) => Promise<PartEnd>;
}

export interface Part {
  readonly request: RunRequest;
  /** The item of automation it belongs to, as `itemKey` writes it; null: none. */
  readonly item: string | null;
  readonly patient?: boolean;
  /** How it looks at servers. Default: each time anew. */
  readonly look?: Look;
  /** Sees every event of it. */
  readonly onEvent?: (event: JobEvent) => void;
}

export interface PartEnd {
  readonly report: RunReport;
  /** Why the journal does not know of all of it; null: it does. */
  readonly unwritten: Fault | null;
}

export type Driver<K extends RunKind> = (request: RequestOf<K>, context: DriverContext) => Promise<RunReport>;
