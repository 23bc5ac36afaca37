/** Shows a run by its parts: what those that are at work now say in the journal, and the notes of the run itself. */
import type { Job, TargetJob } from '../../core/model/runs/job.ts';
import { type Run, subjectOf } from '../../core/model/runs/run.ts';
import { newJob } from '../../core/plan/replication/advance.ts';
import { unlessJournalFails } from '../../core/run/ground/unless-journal-fails.ts';
import type { Journal } from '../../core/state/journal/journal.ts';
import type { ProgressView } from './progress.ts';

/** Milliseconds between two looks. Parts write as often. */
const BEAT = 250;

/** Most parts of one run that are shown at once. */
const SHOWN = 32;

export function partsProgress(
  journal: Pick<Journal, 'listRuns'>,
  id: number,
  view: ProgressView,
): ProgressView {
  let targets: readonly TargetJob[] = [];
  const look = (): void => {
    const before = JSON.stringify(targets);
    targets = partsOf(journal, id).flatMap(targetsOf);
    if (JSON.stringify(targets) === before) return;
    if (targets.length === 0) view.finish();
    const job: Job = { ...newJob([]), targets };
    for (const { target, progress } of targets) view.show(job, { type: 'target', target, progress });
  };
  const timer = setInterval(() => unlessJournalFails(look), BEAT);
  return {
    show: (job, event) => view.show({ ...job, targets }, event),
    finish: () => {
      clearInterval(timer);
      view.finish();
    },
  };
}

/** Those that are at work, and theirs: a snapshot has rounds below it, and a round has replications. */
function partsOf(journal: Pick<Journal, 'listRuns'>, parent: number): Run[] {
  const parts = journal.listRuns({ parent, state: 'running', limit: SHOWN }).toReversed();
  return parts.flatMap((part) => [part, ...partsOf(journal, part.id)]);
}

/** Members of a group go to the same targets, so each says which it is. */
const targetsOf = ({ request, job }: Run): TargetJob[] =>
  (job?.targets ?? []).map((one) => ({ ...one, target: `${subjectOf(request)} → ${one.target}` }));
