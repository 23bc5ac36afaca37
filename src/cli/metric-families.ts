/** Decides which metrics there are and what each says. A value that is not known has no sample: it is never a zero. */
import { TASK_STATES } from '../core/model/task.ts';
import type { FilesystemState } from '../core/run/storage.ts';
import type { Metric, Sample } from '../text/prometheus.ts';
import type { MetricFacts } from './metric-facts.ts';

type Labels = Sample['labels'];

export const metricFamilies = (facts: MetricFacts): Metric[] => [
  gauge('build_info', 'The version of btrfleet, always 1.', [one({ version: facts.version }, 1)]),
  gauge(
    'server_last_seen_timestamp_seconds',
    'When the server was last looked at with success.',
    [...facts.seen].flatMap(([server, at]) => time({ server }, at)),
  ),
  ...filesystemMetrics(facts),
  ...subvolumeMetrics(facts),
  ...itemMetrics(facts),
  ...taskMetrics(facts),
  ...runMetrics(facts),
];

function filesystemMetrics({ filesystems }: MetricFacts): Metric[] {
  const each = (value: (state: FilesystemState) => number | null): Sample[] =>
    filesystems.flatMap((state) => known(labelsOf(state), value(state)));
  const used = (kind: 'data' | 'metadata' | 'system') => (state: FilesystemState) => {
    const usage = state.storage?.usage;
    if (usage?.ok !== true) return null;
    return sum(usage.value.allocations.filter((one) => one.kind === kind).map(({ usedBytes }) => usedBytes));
  };
  return [
    gauge(
      'filesystem_size_bytes',
      'Size of the filesystem.',
      each(({ filesystem }) => filesystem.space.sizeBytes),
    ),
    gauge(
      'filesystem_used_bytes',
      'Used on the filesystem.',
      each(({ filesystem }) => filesystem.space.usedBytes),
    ),
    gauge(
      'filesystem_free_bytes',
      'Free on the filesystem.',
      each(({ filesystem }) => filesystem.space.freeBytes),
    ),
    gauge('filesystem_data_used_bytes', 'Used by data, copies not counted.', each(used('data'))),
    gauge('filesystem_metadata_used_bytes', 'Used by metadata, copies not counted.', each(used('metadata'))),
    gauge(
      'filesystem_unallocated_bytes',
      'Belongs to no kind of block group yet.',
      each(({ storage }) => (storage?.usage.ok === true ? storage.usage.value.unallocatedBytes : null)),
    ),
    gauge(
      'filesystem_growth_bytes_per_day',
      'Median growth of what is used, over two weeks at most.',
      each(({ trend }) => trend?.bytesPerDay ?? null),
    ),
    gauge(
      'filesystem_warnings',
      'What about the filesystem somebody should be told, by level.',
      filesystems.flatMap((state) =>
        (['warning', 'bad'] as const).map((level) =>
          one(
            { ...labelsOf(state), level },
            state.warnings.filter((warning) => warning.level === level).length,
          ),
        ),
      ),
    ),
    deviceErrors(filesystems),
  ];
}

const deviceErrors = (filesystems: readonly FilesystemState[]): Metric =>
  gauge(
    'device_errors',
    'Errors of the device since the counters were set back.',
    filesystems.flatMap((state) =>
      (state.storage?.devices.ok === true ? state.storage.devices.value : []).flatMap((device) =>
        (
          [
            ['write', device.writeErrors],
            ['read', device.readErrors],
            ['flush', device.flushErrors],
            ['corruption', device.corruptionErrors],
            ['generation', device.generationErrors],
          ] as const
        ).map(([type, count]) => one({ ...labelsOf(state), device: device.device, type }, count)),
      ),
    ),
  );

const labelsOf = ({ server, filesystem }: FilesystemState): Labels => ({
  server,
  mount: filesystem.mount,
  uuid: filesystem.uuid,
});

const subvolumeMetrics = ({ subvolumes }: MetricFacts): Metric[] => [
  gauge(
    'snapshots',
    'Snapshots of the subvolume on the primary that btrfleet made.',
    subvolumes.map(({ server, subvolume, snapshots }) => one({ server, subvolume }, snapshots)),
  ),
  gauge(
    'snapshot_newest_timestamp_seconds',
    'When the newest of them was made.',
    subvolumes.flatMap(({ server, subvolume, newest }) => time({ server, subvolume }, newest)),
  ),
];

const itemMetrics = ({ items, successes }: MetricFacts): Metric[] => [
  gauge(
    'item_last_success_timestamp_seconds',
    'When the policy or task last ended well.',
    successes.flatMap(({ item, finishedAt }) => time({ item }, finishedAt)),
  ),
  gauge(
    'item_last_run_success',
    'Whether its last scheduled run ended well.',
    items.flatMap(({ item, run }) =>
      run?.outcome === null || run === null ? [] : [one({ item }, run.outcome === 'ok' ? 1 : 0)],
    ),
  ),
  gauge(
    'item_last_due_timestamp_seconds',
    'The last due time it was begun for.',
    items.flatMap(({ item, dueAt }) => time({ item }, dueAt)),
  ),
];

function taskMetrics({ tasks }: MetricFacts): Metric[] {
  const lags = tasks.flatMap(({ task, lags: all }) =>
    all.map((lag) => ({ labels: { task: task.name, target: lag.target }, lag, rpoSeconds: task.rpoSeconds })),
  );
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
      lags.flatMap(({ labels, lag }) => time(labels, lag.restorePoint)),
    ),
    gauge(
      'target_lag_seconds',
      'How far the restore point is behind the newest snapshot on the primary.',
      lags.flatMap(({ labels, lag }) => known(labels, lag.lagSeconds)),
    ),
    gauge(
      'target_would_lose_seconds',
      'What would be lost if the primary burnt now.',
      lags.flatMap(({ labels, lag }) => known(labels, lag.wouldLoseSeconds)),
    ),
    gauge(
      'target_rpo_seconds',
      'What may be lost at most.',
      lags.flatMap(({ labels, rpoSeconds }) => known(labels, rpoSeconds)),
    ),
    gauge(
      'target_rpo_breached',
      '1 when more would be lost than may be; no sample where it cannot be checked.',
      lags.flatMap(({ labels, lag }) =>
        lag.rpo === 'kept' || lag.rpo === 'breached' ? [one(labels, lag.rpo === 'breached' ? 1 : 0)] : [],
      ),
    ),
    gauge(
      'target_failures',
      'Rounds in a row that failed for the target.',
      lags.map(({ labels, lag }) => one(labels, lag.memory?.failures ?? 0)),
    ),
    gauge(
      'target_suspended',
      '1 when the target is left alone after many failures.',
      lags.map(({ labels, lag }) => one(labels, lag.memory?.suspendedAt ? 1 : 0)),
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

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `btrfleet_${name}`,
  type: 'gauge',
  help,
  samples,
});

const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  ...gauge(name, help, samples),
  type: 'counter',
});

const one = (labels: Labels, value: number): Sample => ({ labels, value });

const known = (labels: Labels, value: number | null): Sample[] => (value === null ? [] : [{ labels, value }]);

const time = (labels: Labels, iso: string | null): Sample[] =>
  iso === null ? [] : [{ labels, value: Date.parse(iso) / 1000 }];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
