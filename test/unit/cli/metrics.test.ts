/** The text that Prometheus reads: its form, and that what is not known is never a zero. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import parsePrometheus from 'parse-prometheus-text-format';
import type { MetricFacts } from '../../../src/cli/metric-facts.ts';
import { metricFamilies } from '../../../src/cli/metric-families.ts';
import { writeMetrics } from '../../../src/cli/metrics-file.ts';
import { serveMetrics } from '../../../src/cli/metrics-server.ts';
import { fault } from '../../../src/core/model/fault.ts';
import { failed, ok } from '../../../src/core/model/result.ts';
import { type Metric, prometheusText } from '../../../src/text/prometheus.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-metrics-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const NOTHING: MetricFacts = {
  version: '1.2.3',
  seen: new Map([['b', null]]),
  filesystems: [],
  subvolumes: [],
  tasks: [],
  items: [],
  successes: [],
  runs: [],
  sent: [],
  running: 0,
};

test('what is written is what a reader of Prometheus reads, whatever stands in a label', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z_]{1,8}$/),
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\r')),
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
  seen: new Map([
    ['a', '2026-11-21T10:00:00.000Z'],
    ['b', null],
  ]),
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
  const read = new Map(
    parsePrometheus(prometheusText(metricFamilies(TASK_FACTS))).map(({ name, metrics }) => [name, metrics]),
  );
  assert.deepEqual(read.get('btrfleet_server_last_seen_timestamp_seconds'), [
    { value: '1795255200', labels: { server: 'a' } },
  ]);
  assert.deepEqual(read.get('btrfleet_snapshots'), [
    { value: '3', labels: { server: 'a', subvolume: '/data' } },
  ]);
  assert.deepEqual(read.get('btrfleet_runs_total'), [
    { value: '5', labels: { kind: 'replication', outcome: 'ok' } },
  ]);
  assert.deepEqual(read.get('btrfleet_sent_bytes_total'), [{ value: '1000', labels: { server: 'b' } }]);
  assert.equal(read.has('btrfleet_target_rpo_breached'), false);
});

test('a file is written whole, for everybody to read, and nothing is left beside it', () => {
  const file = join(directory, 'btrfleet.prom');
  assert.ok(writeMetrics(file, 'a 1\n').ok);
  assert.ok(writeMetrics(file, 'a 2\n').ok);
  assert.equal(readFileSync(file, 'utf8'), 'a 2\n');
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(directory), ['btrfleet.prom']);
  const lost = writeMetrics(join(directory, 'nowhere', 'x.prom'), 'a 1\n');
  assert.ok(!lost.ok);
  assert.match(lost.fault.message, /nowhere/);
});

test('they are served on this machine only, and what cannot be read is no empty answer', async () => {
  let broken = false;
  const server = await serveMetrics(0, () =>
    broken ? failed(fault('config-invalid', 'broken', 'mend it')) : ok('a 1\n'),
  );
  assert.ok(server.ok);
  const { port, close } = server.value;
  const at = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${at}/metrics`);
  assert.equal(await answer.text(), 'a 1\n');
  assert.match(answer.headers.get('content-type') ?? '', /version=0\.0\.4/);
  assert.equal((await fetch(`${at}/`)).status, 404);
  assert.equal((await fetch(`${at}/metrics`, { method: 'POST' })).status, 404);
  broken = true;
  assert.equal((await fetch(`${at}/metrics`)).status, 503);
  const twice = await serveMetrics(port, () => ok(''));
  assert.ok(!twice.ok);
  close();
});
