// The books of a chaos run: what must survive, what was done by hand, who was broken when, and what was found.

/** Whose it is: held in btrfleet, another tool's, or the user's own. */
export type Owner = 'held' | 'foreign' | 'user';

/** A subvolume that nobody may delete or change. */
export interface Treasure {
  readonly owner: Owner;
  readonly server: string;
  readonly path: string;
  readonly uuid: string;
  /** What its content was; null: it changes by right, or was not looked at. */
  readonly content: string | null;
  /** Below `path`, what `content` is of. */
  readonly below: string;
}

export interface Finding {
  /** What does not hold. */
  readonly invariant: string;
  /** What was seen, with the figures. */
  readonly text: string;
}

/** A time in which a place was broken, in milliseconds since 1970; `to` null: it still is. */
export interface Span {
  readonly place: string;
  readonly from: number;
  to: number | null;
}

export class Books {
  readonly treasures = new Set<Treasure>();
  /** Uuids of subvolumes that were changed, planted or deleted by hand: nothing is promised of them. */
  readonly touched = new Set<string>();
  /** `server path` of what was deleted by hand. */
  readonly deletedByHand = new Set<string>();
  readonly spans: Span[] = [];
  readonly findings: Finding[] = [];
  readonly checks = new Map<string, number>();

  /** Counts one look at an invariant. */
  checked(invariant: string, times = 1): void {
    this.checks.set(invariant, (this.checks.get(invariant) ?? 0) + times);
  }

  /** The same is noted once. */
  found(invariant: string, text: string): void {
    if (this.findings.some((one) => one.invariant === invariant && one.text === text)) return;
    this.findings.push({ invariant, text });
  }

  breaks(place: string): Span {
    const span: Span = { place, from: Date.now(), to: null };
    this.spans.push(span);
    return span;
  }

  /** Since when all of these places have been well; null: one of them is broken. */
  wellSince(places: readonly string[]): number | null {
    let since = 0;
    for (const { place, to } of this.spans) {
      if (!places.includes(place)) continue;
      if (to === null) return null;
      since = Math.max(since, to);
    }
    return since;
  }

  /** Whether any place was broken at some moment from then on. */
  isAnyBroken(from: number): boolean {
    return this.spans.some(({ to }) => to === null || to >= from);
  }
}
