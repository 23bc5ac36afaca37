/** What automation tells of itself as it goes on: for the log, and for whoever alarms people. */
import type { Fault } from '../fault.ts';
import type { RunOutcome } from '../runs/spec.ts';

export type AutomationEvent =
  | { readonly type: 'started'; readonly items: number }
  /** The configuration was changed by somebody and is followed from now on. */
  | { readonly type: 'config-read'; readonly items: number }
  /** It cannot be read: nothing new is begun until it is mended. */
  | { readonly type: 'config-broken'; readonly fault: Fault }
  /** One item cannot be followed as it stands, for example its cron expression names no time. */
  | { readonly type: 'item-broken'; readonly item: string; readonly fault: Fault }
  | {
      readonly type: 'begun';
      readonly item: string;
      readonly run: number;
      readonly dueAt: string;
      readonly attempt: number;
      /** Due times before this one that were missed and are caught up by it; 1000 stands for as many or more. */
      readonly missed: number;
    }
  | {
      readonly type: 'ended';
      readonly item: string;
      readonly run: number;
      readonly outcome: RunOutcome;
      readonly seconds: number;
      /** What was made, sent or deleted, in a few words. */
      readonly summary: string;
      readonly faults: readonly Fault[];
      /** When it is tried again, ISO 8601 UTC; null: at its next due time. */
      readonly retryAt: string | null;
    }
  /** A run that was asked for by hand and carried out here. */
  | { readonly type: 'hand'; readonly run: number; readonly phase: 'begun' | 'ended'; readonly text: string }
  /** A bug of btrfleet in a run, or beside them all (null); `text` says where in the code. The others go on. */
  | { readonly type: 'broke'; readonly run: number | null; readonly text: string }
  /** A run whose process died was found in the journal. */
  | { readonly type: 'interrupted'; readonly run: number }
  | { readonly type: 'suspended'; readonly task: string; readonly target: string; readonly fault: Fault }
  | { readonly type: 'resumed'; readonly task: string; readonly target: string }
  | {
      readonly type: 'rpo';
      readonly task: string;
      readonly target: string;
      readonly state: 'kept' | 'breached' | 'unknown';
      readonly wouldLoseSeconds: number | null;
      readonly rpoSeconds: number;
    }
  | { readonly type: 'pruned'; readonly runs: number }
  /** The journal fails; it is tried again. */
  | { readonly type: 'journal-failed'; readonly fault: Fault }
  /** It can be used again, and what waited for it goes on. */
  | { readonly type: 'journal-works' }
  | { readonly type: 'stopping'; readonly running: number }
  /** `left`: runs that did not end in time; they are found as interrupted, and what they left is removed then. */
  | { readonly type: 'stopped'; readonly cancelled: number; readonly left: number };
