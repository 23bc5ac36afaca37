/**
 * Decides what an expected failure looks like: a code from a closed union, what happened, what to do about it.
 * It never classifies: that is done once, where the failure enters (an adapter or a driver).
 */

/** Every code a fault may carry. Scripts match on these, so a code is never renamed. */
export const FAULT_CODES = [
  'auth-failed',
  'cancelled',
  'command-failed',
  'config-invalid',
  'directory-taken',
  'foreign-snapshot',
  'held',
  'hook-failed',
  'host-key-changed',
  'host-key-unknown',
  'host-key-unverified',
  'identity-unproven',
  'interrupted',
  'jump-failed',
  'key-unreadable',
  'last-base',
  'listing-failed',
  'live-received-uuid',
  'locked',
  'login-shell',
  'name-taken',
  'nested-subvolumes',
  'no-base',
  'no-primary',
  'no-space',
  'no-such-file',
  'no-such-policy',
  'no-such-run',
  'no-such-server',
  'no-such-snapshot',
  'no-such-subvolume',
  'no-such-task',
  'not-btrfs',
  'not-mounted',
  'not-readable',
  'nothing-newer',
  'protocol-unsupported',
  'read-only-filesystem',
  'receive-failed',
  'refused',
  'replica-modified',
  'rollback-failed',
  'rpo-breached',
  'same-filesystem',
  'secret-missing',
  'send-failed',
  'server-exists',
  'server-in-use',
  'stalled',
  'sudo-missing',
  'target-ambiguous',
  'task-exists',
  'task-in-use',
  'tool-missing',
  'unreachable',
  'unsafe-path',
  'unsupported-name',
  'usage',
  'vault-locked',
  'vault-tampered',
  'verify-failed',
] as const;

/** One of `FAULT_CODES`. */
export type FaultCode = (typeof FAULT_CODES)[number];

/** An expected failure, as data. */
export interface Fault {
  readonly code: FaultCode;
  /** What happened, one sentence, with the names it happened to; never a secret. */
  readonly message: string;
  /** What to do about it: a step a tired administrator can take, with the exact command where there is one. */
  readonly hint: string;
  /** The server it happened on; null when it is not about one. */
  readonly server: string | null;
  /** True when the same thing may work later without anybody changing anything. */
  readonly retry: boolean;
}

const TEMPORARY: ReadonlySet<FaultCode> = new Set(['unreachable', 'stalled', 'locked', 'interrupted']);

/** Builds a fault; `retry` follows the code unless it is named. */
export function fault(
  code: FaultCode,
  message: string,
  hint: string,
  about: { readonly server?: string | null; readonly retry?: boolean } = {},
): Fault {
  return {
    code,
    message,
    hint,
    server: about.server ?? null,
    retry: about.retry ?? TEMPORARY.has(code),
  };
}
