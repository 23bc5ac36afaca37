/** What `btrfleet metrics` does: it prints the metrics, or writes them into a file. */
import { isoTime } from '../../core/model/clock.ts';
import { standingNow } from '../../core/run/status/standing.ts';
import { writeMetrics } from '../../metrics/file.ts';
import { metricsText } from '../../metrics/text.ts';
import type { ExitCode } from '../../process/output.ts';
import { type ActionContext, tell } from '../frame/action.ts';

export async function metrics(
  { fleet, out }: ActionContext,
  { output: file }: { readonly output?: string },
): Promise<ExitCode> {
  return tell(out, standingNow(fleet), (standing) => {
    const text = metricsText(fleet, standing);
    if (file === undefined) {
      out.result({ metrics: text }, text.trimEnd());
      return 0;
    }
    const written = writeMetrics(file, text);
    if (!written.ok) return out.fault(written.fault);
    out.result({ file, at: isoTime(fleet.clock.now()) }, `Written to ${file}.`);
    return 0;
  });
}
