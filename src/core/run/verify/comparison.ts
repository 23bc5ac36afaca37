/** What a comparison of one replica is given, and what it comes to. */
import type { Fault } from '../../model/fault.ts';
import type { Result } from '../../model/result.ts';
import type { TreeFacts } from '../../model/runs/file-facts.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { Reached, VerifiedPlace } from '../../model/runs/verification.ts';
import type { Compared, VerifyPair } from '../../model/runs/verify.ts';
import { parentDirectory } from '../../model/snapshot.ts';
import type { RawDifference } from '../../plan/verify/compare-facts.ts';
import type { DriverContext } from '../ground/driver.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { Deadline } from './deadline.ts';
import { factsOf, openSide, type Side } from './side.ts';

/** Several replicas may be of one snapshot: it is read once. */
export class Sources {
  readonly #fleet: Fleet;
  readonly #signal: AbortSignal;
  readonly #primary: string;
  readonly #sides = new Map<string, Promise<Result<Side>>>();
  readonly #facts = new Map<string, Promise<Result<TreeFacts>>>();

  constructor(fleet: Fleet, primary: string, signal: AbortSignal) {
    this.#fleet = fleet;
    this.#primary = primary;
    this.#signal = signal;
  }

  side(uuid: string): Promise<Result<Side>> {
    const which = { server: this.#primary, filesystem: null, uuid };
    const known = this.#sides.get(uuid) ?? openSide(this.#fleet, which, this.#signal);
    this.#sides.set(uuid, known);
    return known;
  }

  facts(side: Side): Promise<Result<TreeFacts>> {
    const known = this.#facts.get(side.path) ?? factsOf(side, { signal: this.#signal });
    this.#facts.set(side.path, known);
    return known;
  }
}

export interface Comparison {
  readonly request: RequestOf<'verify'>;
  readonly pair: VerifyPair;
  readonly context: DriverContext;
  readonly sources: Sources;
  readonly deadline: Deadline;
}

export interface Found {
  /** How far all of it was compared and is the same; null: not even its identity is proven, or it differs. */
  readonly level: ProofLevel | null;
  readonly compared: Compared;
  readonly differences: readonly RawDifference[];
  /** They are of content, which says that something is wrong with it. */
  readonly barred: boolean;
  /** Why it did not come to its end. */
  readonly fault: Fault | null;
  /** Of content: files of the replica may not have been read from its disk. */
  readonly maybeFromMemory: boolean;
  readonly rotation: Rotation | null;
}

export interface Rotation {
  /** Which part; null: there is no file. */
  readonly part: number | null;
  /** It came to its end, and all of it was compared. */
  readonly isDone: boolean;
  /** When it did before, ISO 8601 UTC; null: never. */
  readonly doneBefore: string | null;
  /** Where it was cut off; null: nowhere. */
  readonly reached: Reached | null;
  /** The transaction that the source was made in, and the uuid of the one sent in full that the replica was made on. */
  readonly sourceMade: number | null;
  readonly full: string | null;
  /** What was written since the last comparison by content is known, and was compared as well; null: all is compared. */
  readonly isNewKnown: boolean | null;
  /** It was sent in full since: nothing that was compared before says anything of it. */
  readonly isAnew: boolean;
}

/** Where it is remembered which parts were compared. */
export const placeOf = (
  { subvolume }: Pick<RequestOf<'verify'>, 'subvolume'>,
  { server, filesystem }: Pick<VerifyPair, 'server' | 'filesystem'>,
  { entry }: Pick<Side, 'entry'>,
): VerifiedPlace => ({ subvolume, server, filesystem, directory: parentDirectory(`/${entry.path}`) });
