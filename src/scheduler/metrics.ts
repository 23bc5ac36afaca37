/** Keeps the metrics of a scheduler where they are wanted: in a file, on a loopback port, or nowhere. */
import type { Fault } from '../core/model/fault.ts';
import { ok, type Result } from '../core/model/result.ts';
import { type Standing, standingSoon } from '../core/run/status/standing.ts';
import type { StatusFleet } from '../core/run/status/task-status.ts';
import { writeMetrics } from '../metrics/file.ts';
import { type MetricsServer, serveMetrics } from '../metrics/port.ts';
import type { Standstill } from '../metrics/standstill-cause.ts';
import { metricsText } from '../metrics/text.ts';
import type { ScheduleOptions } from './options.ts';

export interface KeptMetrics {
  /** Called about once a minute: writes the file, and tries again to serve them where that failed. */
  keep(standing: Result<Standing>): Promise<void>;
  close(): void;
}

/** `tell` hears what cannot be done, once for each reason until it works again; the scheduler goes on. */
export async function openMetrics(
  fleet: StatusFleet,
  { metricsFile, metricsPort }: Pick<ScheduleOptions, 'metricsFile' | 'metricsPort'>,
  tell: (why: Fault) => void,
  standstills: () => readonly Standstill[] = () => [],
): Promise<KeptMetrics> {
  const [aboutFile, aboutPort, aboutAnswer] = [onceEach(tell), onceEach(tell), onceEach(tell)];
  const closed = new AbortController();
  const textOf = (standing: Result<Standing>): Result<string> =>
    standing.ok ? ok(metricsText(fleet, standing.value, standstills())) : standing;
  const answer = async (): Promise<Result<string>> => {
    const made = textOf(await standingSoon(fleet, closed.signal));
    if (made.ok) aboutAnswer(null);
    return made;
  };
  let server: MetricsServer | null = null;
  const serve = async (port: number): Promise<void> => {
    const opened = await serveMetrics({
      port,
      text: answer,
      onFault: (why) => (closed.signal.aborted ? undefined : aboutAnswer(why)),
    });
    if (!opened.ok) aboutPort(opened.fault);
    else if (closed.signal.aborted) opened.value.close();
    else server = opened.value;
  };
  const write = (file: string, standing: Result<Standing>): void => {
    const made = textOf(standing);
    const written = made.ok ? writeMetrics(file, made.value) : made;
    aboutFile(written.ok ? null : written.fault);
  };
  if (metricsPort !== null) await serve(metricsPort);
  return {
    keep: async (standing) => {
      if (metricsPort !== null && server === null) await serve(metricsPort);
      if (metricsFile !== null) write(metricsFile, standing);
    },
    close: () => {
      closed.abort();
      server?.close();
    },
  };
}

/** Null: it works again. */
function onceEach(tell: (why: Fault) => void): (why: Fault | null) => void {
  let told = '';
  return (why) => {
    if (why !== null && why.message !== told) tell(why);
    told = why?.message ?? '';
  };
}
