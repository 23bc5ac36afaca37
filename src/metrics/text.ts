/** Decides what the metrics of a fleet are as text, for whoever asks: a command, a file, a port. */
import { ok, type Result } from '../core/model/result.ts';
import type { StatusFleet } from '../core/run/status/task-status.ts';
import { version } from '../process/version.ts';
import { prometheusText } from '../text/prometheus.ts';
import { metricFacts } from './facts.ts';
import { metricFamilies } from './families.ts';
import type { Standstill } from './standstill-cause.ts';

/** The metrics as text. Faults: config-invalid. */
export function metricsText(fleet: StatusFleet, standstills: readonly Standstill[] = []): Result<string> {
  const facts = metricFacts(fleet, version, standstills);
  return facts.ok ? ok(prometheusText(metricFamilies(facts.value))) : facts;
}
