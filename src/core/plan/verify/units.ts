/** Decides in which order files are compared by content, how many by one command, and where it goes on after it was cut off. */
import type { Reached } from '../../model/runs/verification.ts';
import { batchesOf, type ChosenFile } from './choose-files.ts';

const MIB = 1024 ** 2;
/** A larger file is hashed in pieces, each by a command of its own, so that any can be ended soon. */
const LARGE = 32 * MIB;
const PIECE = 256 * MIB;

/** What both sides hash by one command each. */
export interface Unit {
  readonly files: readonly ChosenFile[];
  /** Of the only file, in bytes; null: all of each. */
  readonly piece: { readonly offset: number; readonly length: number } | null;
}

/**
 * What was written since and the rest take turns, so that neither takes all of the time; what is large comes last, for the
 * same reason, and of that the rest first: it is gone on with, where what changes each day would begin anew each time.
 * `from`: how far the rest was gone through before.
 */
export function* unitsOf(files: readonly ChosenFile[], from: Reached | null): Generator<Unit> {
  const { small, large } = Object.groupBy(files, ({ size }) => (size > LARGE ? 'large' : 'small'));
  const [recent, rest] = [recentOf(small), restOf(small)];
  const turns = [batchesOf(recent), batchesOf(rest.filter((one) => isAhead(one, from)))];
  for (let turn = 0; turns.some((batches) => turn < batches.length); turn++) {
    for (const batches of turns) {
      const batch = batches[turn];
      if (batch) yield { files: batch, piece: null };
    }
  }
  for (const one of restOf(large)) if (isAhead(one, from)) yield* piecesOf(one, offsetIn(one, from));
  for (const one of recentOf(large)) yield* piecesOf(one, 0);
}

/** Without what was gone through before. */
export const aheadOf = (files: readonly ChosenFile[], from: Reached | null): ChosenFile[] =>
  files.filter((one) => one.recent || isAhead(one, from));

const recentOf = (files: readonly ChosenFile[] = []): ChosenFile[] => files.filter((one) => one.recent);

const restOf = (files: readonly ChosenFile[] = []): ChosenFile[] =>
  files.filter((one) => !one.recent).toSorted((a, b) => (a.path < b.path ? -1 : 1));

function isAhead(file: ChosenFile, from: Reached | null): boolean {
  const { path, size } = file;
  if (from === null) return true;
  if (size <= LARGE) return from.offset === null && path > from.path;
  return from.offset === null || path > from.path || (path === from.path && offsetIn(file, from) < size);
}

const offsetIn = ({ path }: ChosenFile, from: Reached | null): number =>
  from !== null && path === from.path ? (from.offset ?? 0) : 0;

function* piecesOf(file: ChosenFile, from: number): Generator<Unit> {
  for (let offset = from; offset < file.size; offset += PIECE)
    yield { files: [file], piece: { offset, length: Math.min(PIECE, file.size - offset) } };
}

/** How far the rest is gone through when this is done; null: it was none of the rest. */
export function reachedBy({ files, piece }: Unit): Reached | null {
  const last = files.at(-1);
  if (!last || last.recent) return null;
  return { path: last.path, offset: piece && piece.offset + piece.length };
}
