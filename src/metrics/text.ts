/** Decides what the metrics of a fleet are as text, for whoever asks: a command, a file, a port. */
import type { Standing } from '../core/run/status/standing.ts';
import type { StatusFleet } from '../core/run/status/task-status.ts';
import { version } from '../process/version.ts';
import { prometheusText } from '../text/prometheus.ts';
import { metricFacts } from './facts.ts';
import { metricFamilies } from './families.ts';
import type { Standstill } from './standstill-cause.ts';

/** The metrics as text. */
export const metricsText = (
  fleet: StatusFleet,
  standing: Standing,
  standstills: readonly Standstill[] = [],
): string => prometheusText(metricFamilies(metricFacts(fleet, standing, version, standstills)));
