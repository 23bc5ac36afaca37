/** How the words for what somebody should know are made: a sentence with what and where, and the next step. */
import type { FindingCode, FindingFacts, Level } from '../../core/model/status/finding.ts';

/** What it is about, by name; empty: about none in particular. */
export interface Place {
  readonly subvolume: string;
  readonly where: string;
  readonly level: Level;
}

export type WordsOf<C extends FindingCode = FindingCode> = {
  readonly [K in C]: (facts: FindingFacts[K], place: Place) => readonly [message: string, hint: string];
};

/** A fault whose words say all there is to say. */
export const SAID = ({
  fault: { message, hint },
}: {
  readonly fault: { readonly message: string; readonly hint: string };
}): readonly [string, string] => [message, hint];

/** Of many only so many are named. */
const NAMED = 3;

export function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
