/** Builds metrics and their samples: what is not known has none. */
import type { Metric, Sample } from '../text/prometheus.ts';

export type Labels = Sample['labels'];

export const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `btrfleet_${name}`,
  type: 'gauge',
  help,
  samples,
});

export const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  ...gauge(name, help, samples),
  type: 'counter',
});

export const one = (labels: Labels, value: number): Sample => ({ labels, value });

export const known = (labels: Labels, value: number | null): Sample[] =>
  value === null ? [] : [{ labels, value }];

export const time = (labels: Labels, iso: string | null): Sample[] =>
  iso === null ? [] : [{ labels, value: Date.parse(iso) / 1000 }];
