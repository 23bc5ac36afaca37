/** What people are told of without being asked: trouble that began, that is over, that nobody watches any more. */
import type { Finding, Urgency } from './finding.ts';

/** What is known of a subject that is no trouble now. Trouble is over only when something shows that it is. */
export type Verdict =
  /** `message`: what shows it. */
  | { readonly kind: 'well'; readonly message: string }
  /** Nothing that was seen since says anything about it. */
  | { readonly kind: 'unknown' }
  /** It was disabled, suspended or removed. */
  | { readonly kind: 'unwatched' };

/** What people are told of. */
export type Trouble = Finding<
  | 'configuration'
  | 'item-failed'
  | 'target-fails'
  | 'left-alone'
  | 'rpo-breached'
  | 'rpo-unknown'
  | 'restore-open'
  | 'storage'
>;

/** How everything that is watched stands. */
export interface Outlook {
  /** By what names the subject, the same as long as it is the same trouble: `item:snapshot:/data`, `rpo:nightly b`. */
  readonly troubles: ReadonlyMap<string, Trouble>;
  verdict(key: string): Verdict;
}

/** One thing to be told, once. */
export interface Notification {
  readonly event: 'trouble' | 'recovery' | 'unwatched';
  readonly key: string;
  /** Of a recovery, and of what is no longer watched: what it had been. */
  readonly level: Urgency;
  readonly title: string;
  readonly message: string;
  readonly hint: string;
  /** When it was first seen, ISO 8601 UTC. */
  readonly since: string;
}

export const WAYS = ['command', 'webhook', 'mail'] as const;
export type Way = (typeof WAYS)[number];

/** What one way last brought to people about a subject. */
export interface Told {
  readonly level: Urgency;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** A subject that is trouble, or was, with what people have been told of it. */
export interface Alarm {
  /** `over`: it is well again; `unwatched`: nobody looks any more. Both are still to be told to whom `told` names. */
  readonly state: Urgency | 'over' | 'unwatched';
  readonly title: string;
  readonly message: string;
  readonly hint: string;
  /** When it was first seen, ISO 8601 UTC. */
  readonly since: string;
  /** Ways that brought people the trouble, and not yet that it is over. */
  readonly told: Readonly<Partial<Record<Way, Told>>>;
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

/** Those that are set. */
export const waysOf = ({ command, webhook, mailTo }: NotificationSettings): Way[] => [
  ...(command === null ? [] : (['command'] as const)),
  ...(webhook ? (['webhook'] as const) : []),
  ...(mailTo.length === 0 ? [] : (['mail'] as const)),
];

/** The name under which the vault keeps the webhook's address. */
export const WEBHOOK_SECRET = 'notify/webhook';
