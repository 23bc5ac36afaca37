/** Keeps the metrics of a scheduler where they are wanted: in a file, on a loopback port, or nowhere. */
import type { Fault } from '../core/model/fault.ts';
import type { Fleet } from '../core/run/fleet.ts';
import { metricsText } from './metrics-action.ts';
import { writeMetrics } from './metrics-file.ts';
import { serveMetrics } from './metrics-server.ts';
import type { ScheduleOptions } from './schedule-options.ts';

export interface KeptMetrics {
  write(): void;
  close(): void;
}

/** `tell` hears what cannot be done, once for each reason; the scheduler goes on. */
export async function openMetrics(
  fleet: Fleet,
  { metricsFile, metricsPort }: Pick<ScheduleOptions, 'metricsFile' | 'metricsPort'>,
  tell: (why: Fault) => void,
): Promise<KeptMetrics> {
  let told = '';
  const tellOnce = (why: Fault): void => {
    if (why.message !== told) tell(why);
    told = why.message;
  };
  const server = metricsPort === null ? null : await serveMetrics(metricsPort, () => metricsText(fleet));
  if (server && !server.ok) tellOnce(server.fault);
  return {
    write: () => {
      if (metricsFile === null) return;
      const text = metricsText(fleet);
      const written = text.ok ? writeMetrics(metricsFile, text.value) : text;
      if (written.ok) told = '';
      else tellOnce(written.fault);
    },
    close: () => {
      if (server?.ok === true) server.value.close();
    },
  };
}
