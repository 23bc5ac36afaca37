/** Decides what `btrfs scrub status -R` says of the last scrub of a filesystem. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ScrubState } from '../../model/storage.ts';
import { escaped } from '../messages/escaped.ts';

const STATUSES = ['running', 'finished', 'aborted', 'interrupted'] as const;

/** What was found wrong, each once: unverified and corrected ones are among the others. */
const ERRORS = ['read_errors', 'csum_errors', 'verify_errors', 'super_errors', 'malloc_errors'] as const;

/** Faults: `listing-failed`. The times are in UTC: the script runs with TZ=UTC. */
export function parseScrub(lines: readonly string[]): Result<ScrubState> {
  const values = new Map(
    lines.flatMap((line) => {
      const [, label, value] = /^([A-Za-z_ ]+):\s(.*)$/.exec(line.trim()) ?? [];
      return label === undefined || value === undefined ? [] : [[label, value.trim()] as const];
    }),
  );
  const counted = (label: string): number => Number(/^\d+/.exec(values.get(label) ?? '')?.[0] ?? 0);
  const errors = ERRORS.reduce((sum, label) => sum + counted(label), 0);
  const uncorrectableErrors = counted('uncorrectable_errors');
  if (lines.some((line) => line.trim() === 'no stats available')) {
    return ok({ status: 'never', startedAt: null, durationSeconds: null, errors: 0, uncorrectableErrors: 0 });
  }
  const status = STATUSES.find((known) => known === values.get('Status'));
  if (status === undefined) return failed(odd(lines));
  return ok({
    status,
    startedAt: timeOf(values.get('Scrub started') ?? values.get('Scrub resumed')),
    durationSeconds: durationOf(values.get('Duration')),
    errors,
    uncorrectableErrors,
  });
}

/** `Sat Nov 21 10:49:09 2026`. */
function timeOf(text: string | undefined): string | null {
  const time = Date.parse(`${text ?? ''} UTC`);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** `0:12:05`, hours first. */
function durationOf(text: string | undefined): number | null {
  const [, hours, minutes, seconds] = /^(\d+):(\d+):(\d+)$/.exec(text ?? '') ?? [];
  return hours === undefined ? null : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

const odd = (lines: readonly string[]) =>
  fault(
    'listing-failed',
    `"btrfs scrub status -R" says no state that is known: ${escaped(lines.slice(0, 4).join(' / ').slice(0, 200))}`,
    'Another version of btrfs-progs may write it differently; please report it with "btrfs --version".',
  );
