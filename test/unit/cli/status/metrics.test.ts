/** The text that Prometheus reads: its form, and that what is not known is never a zero. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import parsePrometheus from 'parse-prometheus-text-format';
import type { TargetLag } from '../../../../src/core/model/automation/task.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import { ok } from '../../../../src/core/model/result.ts';
import type { TaskStatus } from '../../../../src/core/run/status/task-status.ts';
import type { FilesystemState } from '../../../../src/core/run/storage/storage.ts';
import { countsIn, type MetricFacts } from '../../../../src/metrics/facts.ts';
import { metricFamilies } from '../../../../src/metrics/families.ts';
import { writeMetrics } from '../../../../src/metrics/file.ts';
import { type Metric, prometheusText } from '../../../../src/text/prometheus.ts';
import { codePoint } from '../../../code-points.ts';
import { task } from '../../plan/automation-notation.ts';
import { filesystem, snap, used } from '../../plan/world.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-metrics-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const NOTHING: MetricFacts = {
  version: '1.2.3',
  now: Date.parse('2026-11-21T10:00:00.000Z'),
  beat: null,
  servers: [{ name: 'b', role: 'secondary', seenAt: null }],
  filesystems: [],
  samples: [],
  subvolumes: [],
  tasks: [],
  verifications: [],
  items: [],
  records: [],
  successes: [],
  runs: [],
  sent: [],
  running: 0,
  standstills: [],
};

test('what is written is what a reader of Prometheus reads, whatever stands in a label', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z_]{1,8}$/),
        fc.string({ unit: codePoint }).filter((text) => !text.includes('\r')),
      ),
      // Nobody writes a zero with a sign.
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
      (labels, value) => {
        const metric: Metric = {
          name: 'x_bytes',
          type: 'gauge',
          help: 'A\nhelp \\ "text".',
          samples: [{ labels, value }],
        };
        const text = prometheusText([metric]);
        assert.equal(text.split('\n').length, 4, 'three lines and an end');
        const [read] = parsePrometheus(text);
        assert.ok(read);
        assert.equal(Number(read.metrics[0]?.value), value);
        assert.deepEqual(
          Object.keys(read.metrics[0]?.labels ?? {}).toSorted(),
          Object.keys(labels).toSorted(),
        );
      },
    ),
  );
});

test('a label with quotes, a backslash and a line end is read back as it was', () => {
  const label = 'a "b" \\ c\nd';
  const text = prometheusText([
    { name: 'x', type: 'gauge', help: 'h', samples: [{ labels: { label }, value: 1 }] },
  ]);
  assert.equal(text, '# HELP x h\n# TYPE x gauge\nx{label="a \\"b\\" \\\\ c\\nd"} 1\n');
  assert.equal(parsePrometheus(text)[0]?.metrics[0]?.labels?.['label'], label);
});

const TASK_FACTS: MetricFacts = {
  ...NOTHING,
  servers: [
    { name: 'a', role: 'primary', seenAt: '2026-11-21T10:00:00.000Z' },
    { name: 'b', role: 'secondary', seenAt: null },
  ],
  subvolumes: [{ server: 'a', subvolume: '/data', snapshots: 3, newest: '2026-11-21T09:00:00.000Z' }],
  successes: [{ item: 'task:nightly', finishedAt: '2026-11-21T08:00:00.000Z' }],
  runs: [{ kind: 'replication', outcome: 'ok', runs: 5, seconds: 12.5 }],
  sent: [{ server: 'b', bytes: 1000, seconds: 2, replicas: 5, failures: 1 }],
};

test('names follow the conventions: prefix, base units, _total for counters and for nothing else', () => {
  for (const { name, type, help } of metricFamilies(TASK_FACTS)) {
    assert.match(name, /^btrfleet_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(?:ms|millis|kb|mb|gb|minutes|hours|percent)(?:_|$)/);
    assert.match(help, /\.$/, name);
  }
  const names = metricFamilies(TASK_FACTS).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('the values are those of the journal; a server that was never seen has no time', () => {
  const known = read(TASK_FACTS);
  assert.deepEqual(known.get('btrfleet_server_last_seen_timestamp_seconds'), [
    { value: '1795255200', labels: { server: 'a' } },
  ]);
  assert.deepEqual(known.get('btrfleet_snapshots'), [
    { value: '3', labels: { server: 'a', subvolume: '/data' } },
  ]);
  assert.deepEqual(known.get('btrfleet_runs_total'), [
    { value: '5', labels: { kind: 'replication', outcome: 'ok' } },
  ]);
  assert.deepEqual(known.get('btrfleet_sent_bytes_total'), [{ value: '1000', labels: { server: 'b' } }]);
  assert.equal(known.has('btrfleet_target_rpo_breached'), false);
});

const read = (facts: MetricFacts) =>
  new Map(parsePrometheus(prometheusText(metricFamilies(facts))).map(({ name, metrics }) => [name, metrics]));

test('they say how old they are, and every server of the configuration is among them', () => {
  const seen = read(TASK_FACTS);
  assert.equal(seen.get('btrfleet_metrics_timestamp_seconds')?.[0]?.value, '1795255200');
  assert.equal(seen.has('btrfleet_scheduler_last_beat_timestamp_seconds'), false);
  assert.deepEqual(seen.get('btrfleet_server_info'), [
    { value: '1', labels: { server: 'a', role: 'primary' } },
    { value: '1', labels: { server: 'b', role: 'secondary' } },
  ]);
  const beat = read({ ...TASK_FACTS, beat: '2026-11-21T09:59:50.000Z' });
  assert.equal(beat.get('btrfleet_scheduler_last_beat_timestamp_seconds')?.[0]?.value, '1795255190');
});

test('an item whose next run is at work is as its last one was', () => {
  const record = (outcome: 'ok' | 'failed', failures: number) => ({
    ...{ item: outcome, failures },
    last: { id: 1, outcome, finishedAt: '2026-11-21T08:00:00.000Z', fault: null },
  });
  const seen = read({ ...NOTHING, records: [record('failed', 4), record('ok', 0)] });
  assert.deepEqual(seen.get('btrfleet_item_last_run_success'), [
    { value: '0', labels: { item: 'failed' } },
    { value: '1', labels: { item: 'ok' } },
  ]);
  assert.equal(seen.get('btrfleet_item_failures')?.[0]?.value, '4');
});

const SEEN = filesystem(['/pool'], [], { uuid: 'u' });
const look = (more: Partial<FilesystemState>): FilesystemState => ({
  ...{ server: 'b', filesystem: SEEN, seenAt: '2026-11-21T09:00:00.000Z' },
  ...{ storage: null, storageSeenAt: null, trend: null, warnings: [], unchecked: [] },
  ...more,
});

test('no warnings is no zero where not all could be checked, and a disk that is away is not forgotten', () => {
  const why = fault('listing-failed', 'm', 'h');
  const gap = { part: 'devices', fault: why } as const;
  const warning = { kind: 'space', level: 'degraded', message: 'm', hint: 'h' } as const;
  const valuesOf = (more: Partial<FilesystemState>) =>
    read({ ...NOTHING, filesystems: [look(more)] })
      .get('btrfleet_filesystem_warnings')
      ?.map(({ value, labels }) => `${labels?.['level']} ${value}`);
  assert.deepEqual(valuesOf({}), ['warning 0', 'bad 0']);
  assert.equal(valuesOf({ unchecked: [gap] }), undefined);
  assert.deepEqual(valuesOf({ unchecked: [gap], warnings: [warning] }), ['bad 1']);
  const away = read({
    ...NOTHING,
    samples: [{ server: 'b', filesystem: 'u', takenAt: '2026-11-20T10:00:00.000Z' }],
  });
  assert.deepEqual(away.get('btrfleet_filesystem_last_seen_timestamp_seconds'), [
    { value: '1795168800', labels: { server: 'b', uuid: 'u' } },
  ]);
});

test('a subvolume that should have snapshots and has none is a zero, and no zero where that is not known', () => {
  const entries = [used('data'), snap('.snapshots/data/2026-11-20T09:00:00.000Z', 'data'), used('home')];
  const inventory = (listed: boolean): Inventory => ({
    ...{ server: 'a', takenAt: '2026-11-21T10:00:00.000Z', problems: [] },
    filesystems: [
      filesystem(['/'], entries, { uuid: 'r' }),
      { ...SEEN, listing: listed ? ok([]) : { ok: false, fault: fault('listing-failed', 'm', 'h') } },
    ],
  });
  const counts = (listed: boolean) =>
    countsIn(inventory(listed), ['/data', '/home', '/pool/gone']).map(
      ({ subvolume, snapshots }) => `${subvolume} ${snapshots}`,
    );
  assert.deepEqual(counts(true), ['/data 1', '/home 0', '/pool/gone 0']);
  assert.deepEqual(counts(false), ['/data 1', '/home 0']);
  assert.deepEqual(
    countsIn(inventory(true), []).map(({ subvolume }) => subvolume),
    ['/data'],
  );
});

test('what is switched off alarms nobody, and an RPO that cannot be checked is said', () => {
  const lag = (rpo: TargetLag['rpo']): TargetLag => ({
    ...{ target: 'b', server: 'b', mount: null, restorePoint: null, awayOn: null, lagSeconds: null },
    ...{ wouldLoseSeconds: null, rpo, incomplete: null, seenAt: null, memory: null },
  });
  const status = (rpo: TargetLag['rpo'], enabled = true): TaskStatus => ({
    task: task('nightly', '/data', 'b', { rpoSeconds: 3600, enabled }),
    ...{ state: 'idle', lags: [lag(rpo)], lastRun: null, nextRun: null, running: null },
  });
  const namesOf = (one: TaskStatus) =>
    metricFamilies({ ...NOTHING, tasks: [one] }).flatMap(({ name, samples }) =>
      name.startsWith('btrfleet_target_') ? samples.map(({ value }) => `${name.slice(16)} ${value}`) : [],
    );
  assert.deepEqual(namesOf(status('breached')), [
    ...['rpo_seconds 3600', 'rpo_breached 1', 'rpo_unknown 0', 'failures 0', 'suspended 0'],
  ]);
  assert.deepEqual(namesOf(status('unknown')), [
    ...['rpo_seconds 3600', 'rpo_unknown 1', 'failures 0', 'suspended 0'],
  ]);
  assert.deepEqual(namesOf(status('breached', false)), []);
});

const FILES = ['docs/prometheus/alerts.yml', 'docs/prometheus/grafana.json', 'docs/metrics.md'];

for (const file of FILES) {
  test(`${file} names metrics that there are`, () => {
    const text = readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8');
    const exported = new Set(metricFamilies(NOTHING).map(({ name }) => name));
    const named = [...text.matchAll(/\bbtrfleet_[a-z_]+/g)].map(([name]) => name);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((name) => !exported.has(name)),
      [],
    );
  });
}

test('docs/metrics.md names all of them', () => {
  const text = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `btrfleet_'));
  const named = new Set(
    rows.flatMap((row) => {
      const cell = row.split('|')[1] ?? '';
      const words = [...cell.matchAll(/`([a-z_]+)`/g)].flatMap(([, word]) => word ?? []);
      const start = words[0]?.match(/^btrfleet_[a-z]+/)?.[0] ?? '';
      return words.map((word) => (word.startsWith('_') ? start + word : word));
    }),
  );
  assert.deepEqual(
    metricFamilies(NOTHING)
      .map(({ name }) => name)
      .filter((name) => !named.has(name)),
    [],
  );
});

test('what is missing is no zero on the dashboard', () => {
  const text = readFileSync(new URL('../../../../docs/prometheus/grafana.json', import.meta.url), 'utf8');
  assert.doesNotMatch(text, /vector\(0\)/);
});

test('what a process left that was killed while it wrote goes with the next one', () => {
  const file = join(directory, 'killed.prom');
  writeFileSync(`${file}.4194305.part`, 'half');
  writeFileSync(`${file}.${process.ppid}.part`, 'at work');
  writeFileSync(`${file}.old.part`, 'not ours');
  assert.ok(writeMetrics(file, 'a 1\n').ok);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('killed')),
    ['killed.prom', `killed.prom.${process.ppid}.part`, 'killed.prom.old.part'].toSorted(),
  );
});

test('a file is written whole, for everybody to read, and nothing is left beside it', () => {
  const file = join(directory, 'btrfleet.prom');
  assert.ok(writeMetrics(file, 'a 1\n').ok);
  assert.ok(writeMetrics(file, 'a 2\n').ok);
  assert.equal(readFileSync(file, 'utf8'), 'a 2\n');
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('btrfleet')),
    ['btrfleet.prom'],
  );
  const lost = writeMetrics(join(directory, 'nowhere', 'x.prom'), 'a 1\n');
  assert.ok(!lost.ok);
  assert.match(lost.fault.message, /nowhere/);
});
