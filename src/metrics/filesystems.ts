/** Decides what the metrics say of filesystems. Where a part could not be checked, no figure claims that all is well. */
import { URGENCY, type Urgency } from '../core/model/status/finding.ts';
import { errorCounts, usedBy } from '../core/model/storage.ts';
import type { FilesystemState } from '../core/run/storage/storage.ts';
import type { Metric, Sample } from '../text/prometheus.ts';
import type { MetricFacts } from './facts.ts';
import { gauge, known, type Labels, one, time } from './sample.ts';

export function filesystemMetrics({ filesystems, samples }: MetricFacts): Metric[] {
  const each = (value: (state: FilesystemState) => number | null): Sample[] =>
    filesystems.flatMap((state) => known(labelsOf(state), value(state)));
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
    gauge(
      'filesystem_data_used_bytes',
      'Used by data, copies not counted.',
      each(({ storage }) => usedBy(storage, 'data')),
    ),
    gauge(
      'filesystem_metadata_used_bytes',
      'Used by metadata, copies not counted.',
      each(({ storage }) => usedBy(storage, 'metadata')),
    ),
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
    ...filesystemChecks(filesystems, samples),
    deviceErrors(filesystems),
  ];
}

/** Null: none is known, and not all of it was checked. */
function warningsOf({ warnings, unchecked }: FilesystemState, level: Urgency): number | null {
  const count = warnings.filter((warning) => URGENCY[warning.level] === level).length;
  return count === 0 && unchecked.length > 0 ? null : count;
}

const filesystemChecks = (
  filesystems: readonly FilesystemState[],
  samples: MetricFacts['samples'],
): Metric[] => [
  gauge(
    'filesystem_warnings',
    'What about the filesystem somebody should be told, by level; no 0 where a part could not be checked.',
    filesystems.flatMap((state) =>
      (['warning', 'bad'] as const).flatMap((level) =>
        known({ ...labelsOf(state), level }, warningsOf(state, level)),
      ),
    ),
  ),
  gauge(
    'filesystem_unchecked_parts',
    'Parts of the filesystem that could not be checked: free space, metadata, devices, scrub.',
    filesystems.map((state) => one(labelsOf(state), state.unchecked.length)),
  ),
  gauge(
    'filesystem_checked_timestamp_seconds',
    'When devices, metadata and scrub were last looked at.',
    filesystems.flatMap((state) => time(labelsOf(state), state.storageSeenAt)),
  ),
  gauge(
    'filesystem_last_seen_timestamp_seconds',
    'When the filesystem was last seen mounted; it stays while the disk is away.',
    samples.flatMap(({ server, filesystem, takenAt }) => time({ server, uuid: filesystem }, takenAt)),
  ),
];

const deviceErrors = (filesystems: readonly FilesystemState[]): Metric =>
  gauge(
    'device_errors',
    'Errors of the device since the counters were set back.',
    filesystems.flatMap((state) =>
      (state.storage?.devices.ok === true ? state.storage.devices.value : []).flatMap((device) =>
        errorCounts(device).map(([type, count]) =>
          one({ ...labelsOf(state), device: device.device, type }, count),
        ),
      ),
    ),
  );

const labelsOf = ({ server, filesystem }: FilesystemState): Labels => ({
  server,
  mount: filesystem.mount,
  uuid: filesystem.uuid,
});
