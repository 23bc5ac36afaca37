/**
 * Decides whether a replica that is in doubt is compared with its source, by content, before all is sent anew: that reads as
 * much on both servers at once as a full send would carry, and saves it where they are the same.
 */

import type { Space } from '../../model/inventory.ts';
import { checkSpace } from './space.ts';

/** Bytes a second that a disk and SHA-256 come to on nearly any server. */
const READS = 100_000_000;
/** Seconds that any comparison is given. */
const LEAST = 60;
/** Seconds where there is no other way. */
const NO_OTHER_WAY = 86_400;

export interface FullSend {
  /** Payload of the full send; null: it could not be counted. */
  readonly bytes: number | null;
  /** Bytes a second that it will be sent with, by the last sends to that place or its limit; null: not known. */
  readonly rate: number | null;
  readonly space: Space;
  readonly target: { readonly server: string; readonly mount: string };
}

export interface ProofChoice {
  readonly proves: boolean;
  /** In words, as the second half of a sentence. */
  readonly why: string;
  /** As long as a full send would take: holes are read as well, and are not counted. After that all is sent. */
  readonly budgetSeconds: number;
}

export function proveFirst({ bytes, rate, space, target }: FullSend): ProofChoice {
  if (bytes === null) return no('how much it is to compare could not be counted');
  const amount = megabytes(bytes);
  if (checkSpace(bytes, space, target))
    return { proves: true, why: `${amount} sent anew would not fit there`, budgetSeconds: NO_OTHER_WAY };
  if (rate === null) return no('how fast the link is has not been seen yet');
  const speed = `${megabytes(rate)}/s`;
  return rate < READS
    ? {
        proves: true,
        why: `reading ${amount} on both servers is quicker than sending them at ${speed}`,
        budgetSeconds: Math.max(LEAST, Math.ceil(bytes / rate)),
      }
    : no(`sending ${amount} at ${speed} is quicker than reading them on both servers`);
}

const no = (why: string): ProofChoice => ({ proves: false, why, budgetSeconds: 0 });

const megabytes = (bytes: number): string =>
  bytes < 10_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.round(bytes / 1_000_000)} MB`;
