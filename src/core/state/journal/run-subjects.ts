/** Decides which subvolumes and servers a run is found by: those it was asked for, and those that its report names. */
import {
  type RunReport,
  type RunRequest,
  serverOf,
  subvolumesOf,
  targetsOf,
  toldBy,
} from '../../model/runs/run.ts';
import type { ToldSubjects } from '../../model/runs/spec.ts';
import type { JournalDatabase } from './database.ts';

/** Inside a transaction of the caller. */
export function addAskedSubjects(database: JournalDatabase, runId: number, request: RunRequest): void {
  const servers = [serverOf(request) ?? [], targetsOf(request).map(({ server }) => server)].flat();
  addSubjects(database, runId, { subvolumes: subvolumesOf(request), servers });
}

/** Inside a transaction of the caller. */
export const addReportedSubjects = (database: JournalDatabase, runId: number, report: RunReport): void =>
  addSubjects(database, runId, toldBy(report));

function addSubjects(database: JournalDatabase, runId: number, { subvolumes, servers }: ToldSubjects): void {
  const add = (kind: 'server' | 'subvolume', name: string): void => {
    database.run(
      'INSERT OR IGNORE INTO run_subjects (run_id, kind, name) VALUES (?, ?, ?)',
      runId,
      kind,
      name,
    );
  };
  for (const name of subvolumes) add('subvolume', name);
  for (const name of servers) add('server', name);
}
