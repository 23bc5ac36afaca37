/** Decides by which schedules snapshots of a subvolume are made. */
import type { Schedule } from '../../model/schedule.ts';
import { makesSnapshots, type Plans } from './due.ts';

export interface Maker {
  readonly schedule: Schedule;
  /** The task that makes its own; null: a policy. */
  readonly task: string | null;
}

/** By which snapshots of the subvolume are made; none: nobody makes them but people. */
export function makersOf(subvolume: string, { snapshotPolicies, tasks }: Plans): Maker[] {
  const making = tasks.filter(
    (task) => task.enabled && task.subvolumes.includes(subvolume) && makesSnapshots(task, snapshotPolicies),
  );
  const policies = snapshotPolicies.filter((policy) => policy.enabled && policy.subvolume === subvolume);
  return [
    ...policies.map(({ schedule }) => ({ schedule, task: null })),
    ...making.map(({ schedule, name }) => ({ schedule, task: name })),
  ];
}
