/** Decides what a job looks like after an event. The screen, the command line and the journal all fold with it. */
import type { Job, JobEvent, TargetJob } from '../../model/runs/job.ts';

export const newJob = (targets: readonly string[]): Job => ({
  targets: targets.map((target) => ({
    target,
    progress: { phase: 'preparing' },
    results: [],
  })),
  notes: [],
  fault: null,
});

export function advance(job: Job, event: JobEvent): Job {
  switch (event.type) {
    case 'target':
      return onTarget(job, event.target, (one) => ({ ...one, progress: event.progress }));
    case 'result':
      return onTarget(job, event.target, (one) => ({ ...one, results: [...one.results, event.result] }));
    case 'note':
      return { ...job, notes: [...job.notes, event.message] };
    case 'fault':
      return { ...job, fault: event.fault };
  }
}

const onTarget = (job: Job, target: string, change: (one: TargetJob) => TargetJob): Job => ({
  ...job,
  targets: job.targets.map((one) => (one.target === target ? change(one) : one)),
});
