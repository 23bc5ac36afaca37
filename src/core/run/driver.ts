/** What a driver is: it carries one request out over the fleet, tells what it does as it does it, and returns a report. */
import type { JobEvent } from '../model/job.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import type { Fleet } from './fleet.ts';

export interface DriverContext {
  readonly fleet: Fleet;
  /** The row in the journal this is done for. */
  readonly runId: number;
  /** Aborted when somebody cancels: both ends are stopped and what is half done is removed. */
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
}

export type Driver<Request extends RunRequest> = (
  request: Request,
  context: DriverContext,
) => Promise<RunReport>;
