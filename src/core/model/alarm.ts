/** What people are told of without being asked: trouble that began, trouble that is over. */

export type AlarmLevel = 'warning' | 'bad';

/** Trouble there is now. */
export interface Trouble {
  /** Names what it is about, the same as long as it is the same trouble: `item:snapshot:/data`, `rpo:nightly b`. */
  readonly key: string;
  readonly level: AlarmLevel;
  readonly title: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** One thing to be told, once. */
export interface Notification {
  readonly event: 'trouble' | 'recovery';
  readonly key: string;
  /** Of a recovery: what it had been. */
  readonly level: AlarmLevel;
  readonly title: string;
  readonly message: string;
  readonly hint: string;
  /** When it was first seen, ISO 8601 UTC. */
  readonly since: string;
}

/** What people were last told about a subject, so that they are told once per change. */
export interface Alarm {
  /** `over`: it is well again, and that is still to be told. */
  readonly state: AlarmLevel | 'over';
  readonly title: string;
  /** ISO 8601 UTC. */
  readonly since: string;
  /** When telling it worked; null: not yet. */
  readonly toldAt: string | null;
}

/** Where notifications go. The address of a webhook may hold a secret and lies in the vault. */
export interface NotificationSettings {
  /** For this machine's shell; the notification comes on stdin as JSON and in the environment. Null: none. */
  readonly command: string | null;
  readonly webhook: boolean;
  /** Addresses that sendmail takes; empty: none. */
  readonly mailTo: readonly string[];
  /** Null: whatever sendmail makes of it. */
  readonly mailFrom: string | null;
}

export const NO_NOTIFICATIONS: NotificationSettings = {
  command: null,
  webhook: false,
  mailTo: [],
  mailFrom: null,
};

/** The name under which the vault keeps the webhook's address. */
export const WEBHOOK_SECRET = 'notify/webhook';
