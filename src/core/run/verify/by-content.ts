/** Compares the files of a replica by content: which ones, how far they were compared before, and what that comes to. */
import type { TreeFacts } from '../../model/runs/file-facts.ts';
import type { VerifiedPart } from '../../model/runs/verification.ts';
import { isOfContent } from '../../model/runs/verify.ts';
import { chooseFiles } from '../../plan/verify/choose-files.ts';
import type { RawDifference } from '../../plan/verify/compare-facts.ts';
import { aheadOf } from '../../plan/verify/units.ts';
import type { ReadOptions } from '../diff/read-stream.ts';
import { type Comparison, type Found, placeOf, type Rotation } from './comparison.ts';
import { type ContentCompared, compareContent } from './content.ts';
import type { Side } from './side.ts';
import { type Written, writtenSince } from './written-since.ts';

export interface ContentWanted {
  readonly source: Side;
  readonly replica: Side;
  readonly facts: TreeFacts;
  /** By metadata. */
  readonly differences: readonly RawDifference[];
  readonly options: ReadOptions;
  /** Is told what was found, before it goes on. */
  readonly onFound: (found: Found) => Promise<void>;
}

export async function byContent(comparison: Comparison, wanted: ContentWanted): Promise<Found> {
  const { request, pair, context, deadline } = comparison;
  const { source, replica, facts, differences, options, onFound } = wanted;
  const { clock, journal } = context.fleet;
  const { share } = request;
  const known = journal.verifiedParts(placeOf(request, pair, replica));
  const since = await writtenSince(share, known[0] ?? null, { source, replica }, options);
  const parts = since.isAnew ? [] : known.filter((one) => one.share === (share ?? 1));
  const tried = new Map(parts.map((one) => [one.part, one.tried]));
  const chosen = chooseFiles(facts, { share, written: since.written, done: tried });
  const before = parts.find((one) => one.part === chosen.part) ?? null;
  const from = share === null ? null : reachedBefore(before, since);
  const bad = new Set(differences.filter(isOfContent).map((one) => one.path));
  const files = aheadOf(
    chosen.files.filter((one) => !bad.has(one.path)),
    from,
  );
  const found = (content: ContentCompared | null, more: readonly RawDifference[]): Found => {
    const all = [...differences, ...more];
    // A share without a file proves nothing.
    const isProof = content !== null && content.fault === null && (share === null || content.files > 0);
    const reached = isProof ? 'content' : 'metadata';
    const barred = all.some(isOfContent);
    return {
      level: barred || (all.length > 0 && reached !== 'content') ? null : reached,
      compared: {
        ...{ entries: facts.size, files: content?.files ?? 0, bytes: content?.bytes ?? 0 },
        ...{ filesOf: files.length, bytesOf: files.reduce((sum, { size }) => sum + size, 0) },
      },
      differences: all,
      barred,
      fault: content?.fault ?? null,
      maybeFromMemory: content?.maybeFromMemory ?? false,
      rotation: content && rotationOf(comparison, { source, since, before, part: chosen.part, content }),
    };
  };
  if (differences.length > 0) await onFound(found(null, []));
  const { until } = deadline;
  const onDifferent = (more: readonly RawDifference[]): Promise<void> => onFound(found(null, more));
  const question = { source, replica, files, from, until, clock, onDifferent };
  const content = await compareContent(question, context.signal);
  return found(content, content.differences);
}

/** What was written to since begins anew; where that is not known, any large file may have been. */
function reachedBefore(before: VerifiedPart | null, { isComplete }: Written): VerifiedPart['reached'] {
  if (!before?.reached) return null;
  const { path, offset } = before.reached;
  return { path, offset: offset === null || isComplete ? offset : 0 };
}

interface Rotated {
  readonly source: Side;
  readonly since: Written;
  readonly before: VerifiedPart | null;
  readonly part: number | null;
  readonly content: ContentCompared;
}

function rotationOf(
  { request: { share } }: Comparison,
  { source, since, before, part, content }: Rotated,
): Rotation {
  const { isAtEnd, reached, isRecentDone, fault } = content;
  return {
    ...{ part, isAnew: since.isAnew, full: since.full, sourceMade: source.entry.createdGeneration },
    isNewKnown: share === null ? null : since.isKnown && isRecentDone,
    isDone: isAtEnd && fault === null,
    reached: share === null ? null : reached,
    doneBefore: before?.at ?? null,
  };
}
