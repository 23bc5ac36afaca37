/** What `btrfleet metrics` does: it prints the metrics, or writes them into a file. */
import { isoTime } from '../core/model/clock.ts';
import { ok, type Result } from '../core/model/result.ts';
import type { StatusFleet } from '../core/run/task-status.ts';
import { prometheusText } from '../text/prometheus.ts';
import { type ActionContext, tell } from './action.ts';
import { metricFacts } from './metric-facts.ts';
import { metricFamilies } from './metric-families.ts';
import { writeMetrics } from './metrics-file.ts';
import type { ExitCode } from './output.ts';
import type { Standstill } from './standstill.ts';
import { version } from './version.ts';

/** The metrics as text. Faults: config-invalid. */
export function metricsText(fleet: StatusFleet, standstills: readonly Standstill[] = []): Result<string> {
  const facts = metricFacts(fleet, version, standstills);
  return facts.ok ? ok(prometheusText(metricFamilies(facts.value))) : facts;
}

export async function metrics({ fleet, out }: ActionContext, file: string | null): Promise<ExitCode> {
  return tell(out, metricsText(fleet), (text) => {
    if (file === null) {
      out.result({ metrics: text }, text.trimEnd());
      return 0;
    }
    const written = writeMetrics(file, text);
    if (!written.ok) return out.fault(written.fault);
    out.result({ file, at: isoTime(fleet.clock.now()) }, `Written to ${file}.`);
    return 0;
  });
}
