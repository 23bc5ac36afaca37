/** Decides how an expected failure travels: as a value beside the success, never as a throw. */
import type { Fault } from './fault.ts';

export type Result<T, F = Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: F };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const failed = <F>(fault: F): { readonly ok: false; readonly fault: F } => ({ ok: false, fault });

/** Continues with `next` on success; a fault passes through untouched. */
export const andThen = <T, U, F>(result: Result<T, F>, next: (value: T) => Result<U, F>): Result<U, F> =>
  result.ok ? next(result.value) : result;

/** All values in order, or the first fault. */
export function allOk<T, F>(results: readonly Result<T, F>[]): Result<T[], F> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return ok(values);
}
