/** Decides how an expected failure travels: as a value beside the success, never as a throw. */
import type { Fault } from './fault.ts';

/** The value, or why there is none. */
export type Result<T, F = Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: F };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const failed = <F>(fault: F): { readonly ok: false; readonly fault: F } => ({ ok: false, fault });
