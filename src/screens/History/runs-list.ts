/** Decides how the runs of the journal read as rows, the newest on top. */
import type { Cell } from '../../components/table-layout.ts';
import type { Run } from '../../core/model/run.ts';
import { whyFailed } from '../../store/refresh.ts';
import type { AppState } from '../../store/state.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { primaryOf } from '../fleet-view.ts';
import type { ListView } from '../lists.ts';
import { coarseAge } from '../staleness.ts';
import { hasFailed, runOutcome } from './outcome-cells.ts';
import { historyRuns, runSeconds, runTime } from './transfers.ts';

export const runsList: ListView<Run> = {
  id: 'history-runs',
  columns: [
    { id: 'run', title: 'RUN', width: 6, align: 'right', priority: 0 },
    { id: 'kind', title: 'KIND', width: 11, priority: 0 },
    { id: 'subvolume', title: 'SUBVOLUME', width: 12, grow: true, priority: 0 },
    { id: 'outcome', title: 'OUTCOME', width: 13, priority: 0 },
    { id: 'when', title: 'WHEN', width: 7, align: 'right', priority: 0 },
    { id: 'took', title: 'TOOK', width: 11, align: 'right', priority: 1 },
    { id: 'by', title: 'BY', width: 8, priority: 2 },
    { id: 'servers', title: 'SERVERS', width: 12, grow: true, priority: 3 },
  ],
  items: historyRuns,
  depends: (state) => [state.servers, state.now],
  key: ({ id }) => String(id),
  cells: runCells,
  search: (run, state) => {
    const outcome = run.outcome ?? run.state;
    const servers = runServers(run, state).join(' ');
    const subvolume = runSubvolumes(run).join(' ');
    const why = hasFailed(run.outcome) ? whyFailed(run) : '';
    return {
      text: [run.id, run.kind, subvolume, outcome, servers, run.trigger, snapshotNames(run), why].join(' '),
      fields: {
        run: run.id,
        kind: run.kind,
        subvolume,
        outcome,
        failed: hasFailed(run.outcome) ? 'yes' : 'no',
        server: servers,
        by: run.trigger,
        age: (state.now - runTime(run)) / 1000,
        took: runSeconds(run),
      },
    };
  },
  order: {
    run: ({ id }) => id,
    kind: ({ kind }) => kind,
    subvolume: (run) => runSubvolumes(run).join(', '),
    outcome: ({ outcome, state }) => outcome ?? state,
    // The youngest first.
    when: (run) => -runTime(run),
    took: (run) => runSeconds(run) ?? -1,
    by: ({ trigger }) => trigger,
  },
};

export const runSubvolumes = ({ request }: Run): readonly string[] =>
  'subvolumes' in request ? request.subvolumes : [request.subvolume];

/** Those it had to do with; what names none is the primary's. */
export function runServers({ request }: Run, state: AppState): readonly string[] {
  if (request.kind === 'replication') return [...new Set(request.targets.map(({ server }) => server))];
  if ('server' in request && request.server !== null) return [request.server];
  const primary = primaryOf(state);
  return primary === null ? [] : [primary.name];
}

/** By which a run is looked for too. */
function snapshotNames({ request }: Run): string {
  if (request.kind === 'replication') return request.wanted.snapshot ?? '';
  return 'snapshots' in request ? request.snapshots.map(({ name }) => name).join(' ') : '';
}

function runCells(run: Run, state: AppState): Readonly<Record<string, Cell>> {
  const seconds = runSeconds(run);
  return {
    run: { text: String(run.id) },
    kind: { text: run.kind },
    subvolume: { text: formatName(runSubvolumes(run).join(', ')) },
    outcome: runOutcome(run),
    when: { text: coarseAge(new Date(runTime(run)).toISOString(), state.now) },
    took: { text: seconds === null ? '-' : formatSeconds(seconds) },
    by: { text: run.trigger, ...(run.trigger === 'schedule' ? {} : { tone: 'dim' as const }) },
    servers: { text: formatName(runServers(run, state).join(', ')) },
  };
}
