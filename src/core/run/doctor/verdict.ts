/** What doctor finds of one thing it looked at, and the ways to say it. */

export interface DoctorCheck {
  /** What was checked, such as `node` or `b: privilege`. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'could-not-check';
  readonly message: string;
  /** What to do; empty when it is ok. */
  readonly hint: string;
}

interface Said {
  readonly message: string;
  readonly hint: string;
}

export const good = (name: string, message: string): DoctorCheck => ({
  name,
  status: 'ok',
  message,
  hint: '',
});

export const warned = (name: string, { message, hint }: Said): DoctorCheck => ({
  name,
  status: 'warning',
  message,
  hint,
});

export const bad = (name: string, { message, hint }: Said): DoctorCheck => ({
  name,
  status: 'failed',
  message,
  hint,
});

/** `because`: the check that would have had to be ok. */
export const unchecked = (name: string, because: string): DoctorCheck => ({
  name,
  status: 'could-not-check',
  message: `because of "${because}"`,
  hint: '',
});
