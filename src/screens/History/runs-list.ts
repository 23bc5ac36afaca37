/** Decides how the runs of the journal read as rows, the newest on top. */
import type { Cell } from '../../components/table-layout.ts';
import { taskOf } from '../../core/model/automation/automation.ts';
import {
  aboutOf,
  namedSnapshots,
  type Run,
  serverOf,
  subjectsOf,
  targetsOf,
  toldBy,
} from '../../core/model/runs/run.ts';
import { whyFailed } from '../../store/follow-runs.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { type ListView, listState } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { primaryOf } from '../shared/fleet-view.ts';
import { LIST_IDS } from '../shared/tabs.ts';
import { hasFailed, runOutcome } from './outcome-cells.ts';
import { historyRuns, runSeconds, runTime } from './transfers.ts';

export const runsList: ListView<Run> = {
  id: LIST_IDS.runs,
  columns: [
    { id: 'run', title: 'RUN', width: 6, align: 'right', priority: 0 },
    { id: 'kind', title: 'KIND', width: 13, priority: 0 },
    { id: 'subvolume', title: 'SUBVOLUME', width: 12, grow: true, priority: 0 },
    { id: 'outcome', title: 'OUTCOME', width: 13, priority: 0 },
    { id: 'when', title: 'WHEN', width: 7, align: 'right', priority: 0 },
    { id: 'took', title: 'TOOK', width: 11, align: 'right', priority: 1 },
    { id: 'by', title: 'BY', width: 8, priority: 2 },
    { id: 'servers', title: 'SERVERS', width: 12, grow: true, priority: 3 },
  ],
  items: (state) => partsBelow(historyRuns(state)),
  depends: (state) => [state.servers, state.tasks, state.now],
  key: ({ id }) => String(id),
  cells: runCells,
  search: (run, state) => {
    const outcome = run.outcome ?? run.state;
    const servers = runServers(run, state).join(' ');
    const subvolume = subjectsOf(run.request).join(' ');
    const why = hasFailed(run.outcome) ? whyFailed(run) : '';
    return {
      text: [
        run.id,
        run.kind,
        taskOf(run),
        subvolume,
        outcome,
        servers,
        run.trigger,
        namedSnapshots(run.request).join(' '),
        why,
      ].join(' '),
      fields: {
        run: run.id,
        kind: run.kind,
        subvolume,
        outcome,
        failed: hasFailed(run.outcome) ? 'yes' : 'no',
        server: servers,
        by: run.trigger,
        task: taskOf(run),
        part: run.origin.parent,
        age: (state.now - runTime(run)) / 1000,
        took: runSeconds(run),
      },
    };
  },
  order: {
    run: ({ id }) => id,
    kind: ({ kind }) => kind,
    subvolume: (run) => subjectsOf(run.request).join(', '),
    outcome: ({ outcome, state }) => outcome ?? state,
    // The youngest first.
    when: (run) => -runTime(run),
    took: (run) => runSeconds(run) ?? -1,
    by: ({ trigger }) => trigger,
  },
};

/**
 * Those it had to do with; what names none is the primary's. Of a round those of its report; until there is one, those
 * the task has now.
 */
export function runServers({ request, report }: Run, state: AppState): readonly string[] {
  const { task } = aboutOf(request);
  const told = task === null ? [] : toldBy(report).servers;
  const asked = task === null ? targetsOf(request) : state.tasks.find(({ name }) => name === task)?.targets;
  const servers = told.length > 0 ? told : (asked ?? []).map(({ server }) => server);
  if (servers.length > 0 || task !== null) return [...new Set(servers)];
  const server = serverOf(request) ?? primaryOf(state)?.name;
  return server === undefined ? [] : [server];
}

/** Newest first, and the parts of a run below it, in the order they were begun. */
const partsBelow = rememberLast((runs: readonly Run[]): readonly Run[] => {
  if (runs.every(({ origin }) => origin.parent === null)) return runs;
  const parents = new Map(runs.map(({ id, origin }) => [id, origin.parent]));
  const whole = (id: number): number => {
    const parent = parents.get(id) ?? null;
    return parent === null || parent >= id ? id : whole(parent);
  };
  return runs
    .map((run) => ({ run, whole: whole(run.id) }))
    .toSorted((a, b) => b.whole - a.whole || a.run.id - b.run.id)
    .map(({ run }) => run);
});

/** Ordered otherwise, a part may stand anywhere but below its whole. */
function isInOrder(state: AppState): boolean {
  const { sort, reverse } = listState(state, LIST_IDS.runs);
  return sort === null && !reverse;
}

function runCells(run: Run, state: AppState): Readonly<Record<string, Cell>> {
  const seconds = runSeconds(run);
  return {
    run: { text: String(run.id) },
    kind: { text: run.origin.parent !== null && isInOrder(state) ? `└ ${run.kind}` : run.kind },
    subvolume: { text: formatName(subjectsOf(run.request).join(', ')) },
    outcome: runOutcome(run),
    when: { text: coarseAge(new Date(runTime(run)).toISOString(), state.now) },
    took: { text: seconds === null ? '-' : formatSeconds(seconds) },
    by: { text: run.trigger, ...(run.trigger === 'schedule' ? {} : { tone: 'dim' as const }) },
    servers: { text: formatName(runServers(run, state).join(', ')) },
  };
}
