/** Decides which subvolumes and servers a run is found by: those it was asked for, and those that its report names. */
import type { RunReport, RunRequest, TaskReport } from '../../model/runs/run.ts';
import { parseTarget } from '../../model/target.ts';
import type { JournalDatabase } from './database.ts';

/** Inside a transaction of the caller. */
export function addAskedSubjects(database: JournalDatabase, runId: number, request: RunRequest): void {
  const { subvolumes, servers } = subjectsOf(request);
  for (const name of subvolumes) addSubject(database, runId, 'subvolume', name);
  for (const name of servers) addSubject(database, runId, 'server', name);
}

/** Inside a transaction of the caller. */
export function addReportedSubjects(database: JournalDatabase, runId: number, report: RunReport): void {
  if (report.kind === 'delete' || report.kind === 'cleanup')
    addSubject(database, runId, 'server', report.server);
  if (report.kind === 'task') addRoundSubjects(database, runId, report);
}

function subjectsOf(request: RunRequest): { subvolumes: readonly string[]; servers: readonly string[] } {
  switch (request.kind) {
    case 'snapshot':
      return { subvolumes: request.subvolumes, servers: [] };
    case 'delete':
    case 'cleanup':
      return { subvolumes: [request.subvolume], servers: request.server === null ? [] : [request.server] };
    case 'task':
      return { subvolumes: [], servers: [] };
    case 'replication':
      return { subvolumes: [request.subvolume], servers: request.targets.map(({ server }) => server) };
  }
}

function addSubject(
  database: JournalDatabase,
  runId: number,
  kind: 'server' | 'subvolume',
  name: string,
): void {
  database.run('INSERT OR IGNORE INTO run_subjects (run_id, kind, name) VALUES (?, ?, ?)', runId, kind, name);
}

function addRoundSubjects(
  database: JournalDatabase,
  id: number,
  { targets, replications }: TaskReport,
): void {
  for (const { target } of targets) {
    const parsed = parseTarget(target);
    if (parsed.ok) addSubject(database, id, 'server', parsed.value.server);
  }
  for (const { subvolume } of replications) addSubject(database, id, 'subvolume', subvolume);
}
