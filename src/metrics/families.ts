/** Decides which metrics there are and what each says. A value that is not known has no sample: it is never a zero. */
import { TASK_STATES } from '../core/model/automation/task.ts';
import { isWatched } from '../core/plan/status/troubles.ts';
import type { TaskStatus } from '../core/run/status/task-status.ts';
import type { Metric } from '../text/prometheus.ts';
import type { MetricFacts } from './facts.ts';
import { filesystemMetrics } from './filesystems.ts';
import { counter, gauge, known, type Labels, one, time } from './sample.ts';

export const metricFamilies = (facts: MetricFacts): Metric[] => [
  gauge('build_info', 'The version of btrfleet, always 1.', [one({ version: facts.version }, 1)]),
  gauge('metrics_timestamp_seconds', 'When these metrics were made.', [one({}, facts.now / 1000)]),
  gauge(
    'scheduler_last_beat_timestamp_seconds',
    'When the scheduler last said that it lives; no sample where it was stopped in good order, or never started.',
    time({}, facts.beat),
  ),
  gauge(
    'event_loop_standstill_seconds',
    'Longest time in the last five minutes in which the scheduler did nothing else, by cause; no sample outside of it.',
    facts.standstills.map(({ cause, seconds }) => one({ cause }, seconds)),
  ),
  gauge(
    'server_info',
    'Every server of the configuration, always 1.',
    facts.servers.map(({ name, role }) => one({ server: name, role }, 1)),
  ),
  gauge(
    'server_last_seen_timestamp_seconds',
    'When the server was last looked at with success; no sample where it never was.',
    facts.servers.flatMap(({ name, seenAt }) => time({ server: name }, seenAt)),
  ),
  ...filesystemMetrics(facts),
  ...subvolumeMetrics(facts),
  ...itemMetrics(facts),
  ...taskMetrics(facts),
  ...verifiedMetrics(facts),
  ...runMetrics(facts),
];

const subvolumeMetrics = ({ subvolumes }: MetricFacts): Metric[] => [
  gauge(
    'snapshots',
    'Snapshots of the subvolume on the primary that btrfleet made; 0 where a policy or task wants some and there is none.',
    subvolumes.map(({ server, subvolume, snapshots }) => one({ server, subvolume }, snapshots)),
  ),
  gauge(
    'snapshot_newest_timestamp_seconds',
    'When the newest of them was made.',
    subvolumes.flatMap(({ server, subvolume, newest }) => time({ server, subvolume }, newest)),
  ),
];

const itemMetrics = ({ items, records, successes }: MetricFacts): Metric[] => [
  gauge(
    'item_last_success_timestamp_seconds',
    'When the policy or task last ended well.',
    successes.flatMap(({ item, finishedAt }) => time({ item }, finishedAt)),
  ),
  gauge(
    'item_last_run_success',
    'Whether the last run of it that ended ended well; one at work changes nothing.',
    records.flatMap(({ item, last }) =>
      last === null ? [] : [one({ item }, last.outcome === 'ok' ? 1 : 0)],
    ),
  ),
  gauge(
    'item_failures',
    'Runs of it in a row that failed.',
    records.map(({ item, failures }) => one({ item }, failures)),
  ),
  gauge(
    'item_last_due_timestamp_seconds',
    'The last due time it was begun for.',
    items.flatMap(({ item, dueAt }) => time({ item }, dueAt)),
  ),
];

interface KnownTarget {
  readonly labels: Labels;
  readonly lag: TaskStatus['lags'][number];
  readonly rpoSeconds: number | null;
}

const verifiedMetrics = ({ verifications }: MetricFacts): Metric[] => [
  gauge(
    'replica_compared_timestamp_seconds',
    'When replicas there were last compared with their source, to that level.',
    verifications.flatMap((each) => time(labelsOf(each), each.at)),
  ),
  gauge(
    'replica_differences',
    'Of how many files the content differed then: 0 where all of it was the same.',
    verifications.map((each) => one(labelsOf(each), each.differences)),
  ),
];

const labelsOf = ({
  subvolume,
  server,
  filesystem,
  level,
}: MetricFacts['verifications'][number]): Labels => ({
  ...{ subvolume, server, uuid: filesystem, level },
});

function taskMetrics({ tasks }: MetricFacts): Metric[] {
  const targetsOf = (all: readonly TaskStatus[]): KnownTarget[] =>
    all.flatMap(({ task: { name, rpoSeconds }, lags }) =>
      lags.map((lag) => ({ labels: { task: name, target: lag.target }, lag, rpoSeconds })),
    );
  const targets = targetsOf(tasks);
  return [
    gauge(
      'task_state',
      '1 for the state the task is in, 0 for all others.',
      tasks.flatMap(({ task, state }) =>
        TASK_STATES.map((each) => one({ task: task.name, state: each }, each === state ? 1 : 0)),
      ),
    ),
    gauge(
      'target_restore_point_timestamp_seconds',
      'Creation of the newest complete replica on the target.',
      targets.flatMap(({ labels, lag }) => time(labels, lag.restorePoint)),
    ),
    gauge(
      'target_lag_seconds',
      'How far the restore point is behind the newest snapshot on the primary.',
      targets.flatMap(({ labels, lag }) => known(labels, lag.lagSeconds)),
    ),
    gauge(
      'target_would_lose_seconds',
      'What would be lost if the primary burnt now.',
      targets.flatMap(({ labels, lag }) => known(labels, lag.wouldLoseSeconds)),
    ),
    ...watchedMetrics(targetsOf(tasks.filter(({ task }) => isWatched(task)))),
  ];
}

/** What alarms: as with notifications, not of a task that somebody disabled or suspended. */
function watchedMetrics(targets: readonly KnownTarget[]): Metric[] {
  const withRpo = targets.filter(({ lag }) => lag.rpo !== 'none');
  return [
    gauge(
      'target_rpo_seconds',
      'What may be lost at most.',
      withRpo.flatMap(({ labels, rpoSeconds }) => known(labels, rpoSeconds)),
    ),
    gauge(
      'target_rpo_breached',
      '1 when more would be lost than may be; no sample where it cannot be checked.',
      withRpo.flatMap(({ labels, lag }) =>
        lag.rpo === 'unknown' ? [] : [one(labels, lag.rpo === 'breached' ? 1 : 0)],
      ),
    ),
    gauge(
      'target_rpo_unknown',
      '1 when there is an RPO that cannot be checked.',
      withRpo.map(({ labels, lag }) => one(labels, lag.rpo === 'unknown' ? 1 : 0)),
    ),
    gauge(
      'target_failures',
      'Rounds in a row that failed for the target.',
      targets.map(({ labels, lag }) => one(labels, lag.memory?.failures ?? 0)),
    ),
    gauge(
      'target_suspended',
      '1 when the target is left alone after many failures.',
      targets.map(({ labels, lag }) => one(labels, lag.memory?.suspendedAt ? 1 : 0)),
    ),
  ];
}

const runMetrics = ({ runs, sent, running }: MetricFacts): Metric[] => [
  gauge('runs_running', 'Runs that are at work.', [one({}, running)]),
  counter(
    'runs_total',
    'Runs that ended, by kind and outcome.',
    runs.map((total) => one({ kind: total.kind, outcome: total.outcome }, total.runs)),
  ),
  counter(
    'run_seconds_total',
    'Time that runs took.',
    runs.map((total) => one({ kind: total.kind, outcome: total.outcome }, total.seconds)),
  ),
  counter(
    'sent_bytes_total',
    'Bytes of streams that targets took.',
    sent.map(({ server, bytes }) => one({ server }, bytes)),
  ),
  counter(
    'sent_seconds_total',
    'Time that sending took.',
    sent.map(({ server, seconds }) => one({ server }, seconds)),
  ),
  counter(
    'replicas_total',
    'Replicas that arrived and were verified.',
    sent.map(({ server, replicas }) => one({ server }, replicas)),
  ),
  counter(
    'replication_failures_total',
    'Sends to the server that failed.',
    sent.map(({ server, failures }) => one({ server }, failures)),
  ),
];
