/** Compares what is in files: both sides hash them where they are, some at a time, and only digests travel. */
import { readable } from '../../btrfs/diff/changes.ts';
import type { Clock } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Reached } from '../../model/runs/verification.ts';
import type { ChosenFile } from '../../plan/verify/choose-files.ts';
import type { RawDifference } from '../../plan/verify/compare-facts.ts';
import { reachedBy, type Unit, unitsOf } from '../../plan/verify/units.ts';
import { digestReader } from './digests.ts';
import { judgeUnit, type Verdict } from './judge-unit.ts';
import type { Side } from './side.ts';

export interface ContentCompared {
  readonly files: number;
  readonly bytes: number;
  readonly differences: readonly RawDifference[];
  /** Why it did not come to its end, or not all was compared; null: all was. */
  readonly fault: Fault | null;
  /** Where it was cut off; null: it came to its end. */
  readonly reached: Reached | null;
  /** It came to the end, also where some could not be read. */
  readonly isAtEnd: boolean;
  /** All that was written since was compared. */
  readonly isRecentDone: boolean;
  /** Files of the replica may have been read from memory and not from its disk. */
  readonly maybeFromMemory: boolean;
}

export interface ContentQuestion {
  readonly source: Side;
  readonly replica: Side;
  readonly files: readonly ChosenFile[];
  /** Where it was cut off before; null: it begins. */
  readonly from: Reached | null;
  /** When the time is over, milliseconds since 1970 UTC. */
  readonly until: number;
  readonly clock: Clock;
  /** Is told what was found first, before it goes on. */
  readonly onDifferent: (differences: readonly RawDifference[]) => Promise<void>;
}

/** Seconds for what one command hashes, and bytes a second of a slow disk. */
const PATIENCE = 600;
const SLOWEST = 1_000_000;

/**
 * So many that cannot be read one after the other, and nothing counted that damaged them, are of a disk that is gone. Of the
 * source nothing is counted, and what is damaged there must not hide what is behind it.
 */
const GONE = { source: 5000, replica: 50 };

export async function compareContent(
  question: ContentQuestion,
  signal: AbortSignal,
): Promise<ContentCompared> {
  const { source, replica, files, from, until, clock } = question;
  const [ours, theirs] = [digestReader(source, false), digestReader(replica, true)];
  const tally = new Tally(question);
  const end = (why: Fault | null): ContentCompared => tally.end(why, theirs.maybeFromMemory());
  for (const unit of unitsOf(files, from)) {
    if (tally.isSettled(unit)) continue;
    const left = (until - clock.now()) / 1000;
    if (left <= 0) return end(overBudget(tally.left()));
    const seconds = Math.min(left, PATIENCE + bytesOf(unit) / SLOWEST);
    const judged = await judgeUnit({ replica, ours, theirs }, unit, { seconds, signal });
    if (!judged.ok) {
      const isOver = judged.fault.code === 'stalled' && until <= clock.now() + 1000;
      return end(isOver ? overBudget(tally.left()) : judged.fault);
    }
    await tally.add(unit, judged.value);
    if (tally.isGone()) return end(null);
  }
  tally.isAtEnd = true;
  return end(null);
}

const bytesOf = ({ files, piece }: Unit): number =>
  piece ? piece.length : files.reduce((sum, { size }) => sum + size, 0);

class Tally {
  readonly #question: ContentQuestion;
  readonly #differences: RawDifference[] = [];
  readonly #lost = { source: [] as string[], replica: [] as string[] };
  /** Large ones of which nothing more is asked. */
  readonly #settled = new Set<string>();
  #reached: Reached | null;
  #recent = 0;
  #done = 0;
  #bytes = 0;
  readonly #lostInRow = { source: 0, replica: 0 };
  isAtEnd = false;

  constructor(question: ContentQuestion) {
    this.#question = question;
    this.#reached = question.from;
  }

  isSettled({ files: [file], piece }: Unit): boolean {
    return piece !== null && this.#settled.has(file?.path ?? '');
  }

  isGone(): boolean {
    return this.#lostInRow.source >= GONE.source || this.#lostInRow.replica >= GONE.replica;
  }

  left(): number {
    return this.#question.files.length - this.#done;
  }

  async add(unit: Unit, verdicts: readonly Verdict[]): Promise<void> {
    const hadNone = this.#differences.length === 0;
    for (const [index, file] of unit.files.entries()) this.#addFile(file, verdicts[index] ?? 'same', unit);
    this.#reached = reachedBy(unit) ?? this.#reached;
    if (hadNone && this.#differences.length > 0) await this.#question.onDifferent(this.#differences);
  }

  #addFile(file: ChosenFile, verdict: Verdict, { piece }: Unit): void {
    const { path, size, recent } = file;
    const isLost = verdict === 'source' || verdict === 'replica';
    for (const side of ['source', 'replica'] as const)
      this.#lostInRow[side] = verdict === side ? this.#lostInRow[side] + 1 : 0;
    if (isLost) this.#lost[verdict].push(path);
    else if (verdict !== 'same') this.#differences.push({ path, what: [verdict] });
    if (verdict !== 'same') this.#settled.add(path);
    if (!isLost) this.#bytes += piece?.length ?? size;
    const isWhole = piece === null || piece.offset + piece.length >= size || verdict !== 'same';
    if (!isWhole || isLost) return;
    this.#done += 1;
    if (recent) this.#recent += 1;
  }

  end(why: Fault | null, maybeFromMemory: boolean): ContentCompared {
    const { source, replica, files } = this.#question;
    const recent = files.filter((one) => one.recent).length;
    const lost = [lostFault(source, this.#lost.source, true), lostFault(replica, this.#lost.replica, false)];
    return {
      ...{ files: this.#done, bytes: this.#bytes, differences: this.#differences, maybeFromMemory },
      fault: why ?? lost.find((one) => one !== null) ?? null,
      reached: this.isAtEnd ? null : this.#reached,
      ...{ isAtEnd: this.isAtEnd, isRecentDone: this.#recent === recent },
    };
  }
}

/** `left`: how many files; null: not even their metadata were compared. */
export const overBudget = (left: number | null): Fault =>
  fault(
    'stalled',
    `The time was over before ${left === null ? 'all metadata were' : `${left} of the files were`} compared${left === null ? '' : ' by content'}.`,
    'Give a longer --budget, or compare a share each time with --share.',
    { retry: true },
  );

function lostFault({ host, path }: Side, lost: readonly string[], isSource: boolean): Fault | null {
  const [first] = lost;
  if (first === undefined) return null;
  const { name } = host.server;
  const which = `${lost.length === 1 ? 'A file' : `${lost.length} files`} of ${path} on ${name}`;
  const example = lost.length === 1 ? `: ${readable(first).text}` : `, such as ${readable(first).text}`;
  return isSource
    ? fault(
        'verify-failed',
        `${which}, the source, cannot be read, or not twice alike, and so not compared${example}.`,
        `Look at that disk: "btrfs scrub" on ${name} names what is damaged. The replicas may be the only good copy.`,
        { server: name },
      )
    : fault(
        'listing-failed',
        `${which} cannot be read, or not twice alike, and so not compared${example}. btrfs counted no wrong checksum that would prove damage.`,
        `Is the disk still plugged in? "dmesg" and "btrfs device stats" on ${name} tell more. Then compare again.`,
        { server: name, retry: true },
      );
}
