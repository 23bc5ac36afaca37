/** Collects what went wrong in a run, in the order it is told. */
import type { Fault } from '../fault.ts';
import type { RunReport, SnapshotReport, TaskReport } from './run.ts';

/** Every fault of a report; none: nothing failed, or it was cancelled without a word. */
export function faultsOf(report: RunReport): Fault[] {
  switch (report.kind) {
    case 'fault':
      return [report.fault];
    case 'snapshot':
      return snapshotFaults(report);
    case 'cleanup':
      return report.failed.map(({ fault }) => fault);
    case 'delete':
    case 'replication':
      return report.results.flatMap(({ fault }) => fault ?? []);
    case 'task':
      return taskFaults(report);
  }
}

const snapshotFaults = ({ failed, hooks, tasks }: SnapshotReport): Fault[] => [
  ...failed.map(({ fault }) => fault),
  ...hooks.flatMap(({ fault }) => fault ?? []),
  ...tasks.flatMap(taskFaults),
];

const taskFaults = ({ snapshot, targets, faults }: TaskReport): Fault[] => [
  ...(snapshot ? snapshotFaults(snapshot) : []),
  ...targets.flatMap(({ status, fault }) => (fault && status !== 'suspended' ? [fault] : [])),
  ...faults,
];
