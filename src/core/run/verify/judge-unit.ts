/**
 * Decides of each file that two sides have hashed whether it is the same. What is not, or could not be read, is read once
 * more before anything is said of it.
 */
import { failed, ok, type Result } from '../../model/result.ts';
import type { ChosenFile } from '../../plan/verify/choose-files.ts';
import { isDamage } from '../../plan/verify/damage.ts';
import type { Unit } from '../../plan/verify/units.ts';
import { deviceErrors } from './device-errors.ts';
import type { DigestReader, ReadLimit, ReadUnit } from './digests.ts';
import type { Side } from './side.ts';

/**
 * `unreadable`: the replica has it, and its disk damages it. `source`, `replica`: that side cannot read it, or reads
 * something else each time, so it was not compared.
 */
export type Verdict = 'same' | 'content' | 'unreadable' | 'source' | 'replica';

export interface Readers {
  readonly replica: Side;
  readonly ours: DigestReader;
  readonly theirs: DigestReader;
}

interface Both {
  readonly ours: ReadUnit;
  readonly theirs: ReadUnit;
}

/** In the order of its files. Faults: those of `DigestReader`. */
export async function judgeUnit(readers: Readers, unit: Unit, limit: ReadLimit): Promise<Result<Verdict[]>> {
  const first = await readBoth(readers, unit, limit);
  if (!first.ok) return first;
  const { ours, theirs } = first.value;
  const seen = new Map(
    unit.files.map((file, index) => [
      file,
      { ours: ours.digests[index] ?? null, theirs: theirs.digests[index] ?? null },
    ]),
  );
  const odd = [...seen].filter(([, one]) => one.ours === null || one.ours !== one.theirs);
  const verdicts = new Map<ChosenFile, Verdict>();
  for (const files of fewOf(odd.map(([file]) => file))) {
    const again = await lookAgain(readers, { ...unit, files }, limit, seen);
    if (!again.ok) return again;
    for (const [file, verdict] of again.value) verdicts.set(file, verdict);
  }
  return ok(unit.files.map((file) => verdicts.get(file) ?? 'same'));
}

type Seen = ReadonlyMap<ChosenFile, { readonly ours: string | null; readonly theirs: string | null }>;

async function lookAgain(
  readers: Readers,
  unit: Unit,
  limit: ReadLimit,
  seen: Seen,
): Promise<Result<Map<ChosenFile, Verdict>>> {
  const { host, entry, path } = readers.replica;
  const count = () => deviceErrors(host, entry.mount ?? path, limit.signal);
  // What was counted by something else, at some other time, is no proof.
  const before = await count();
  const again = await readBoth(readers, unit, limit, true);
  if (!again.ok) return again;
  const { ours, theirs } = again.value;
  const lost = unit.files.filter((_, index) => (theirs.digests[index] ?? null) === null);
  const after = lost.length > 0 ? await count() : null;
  const hasDamage = before !== null && after !== null && isDamage(before, after);
  const all = new Map<ChosenFile, Verdict>();
  for (const [index, file] of unit.files.entries()) {
    const now = { ours: ours.digests[index] ?? null, theirs: theirs.digests[index] ?? null };
    const isProven = hasDamage && theirs.diskErrors >= lost.length;
    all.set(file, verdictOf(now, seen.get(file) ?? now, isProven));
  }
  // Some of them are of something else: each is looked at by itself.
  if (hasDamage && theirs.diskErrors < lost.length && lost.length > 1) {
    for (const file of lost) {
      const alone = await lookAgain(readers, { ...unit, files: [file] }, limit, seen);
      if (!alone.ok) return alone;
      for (const [one, verdict] of alone.value) all.set(one, verdict);
    }
  }
  return ok(all);
}

interface Digests {
  readonly ours: string | null;
  readonly theirs: string | null;
}

function verdictOf(now: Digests, before: Digests, hasDamage: boolean): Verdict {
  if (now.ours === null) return 'source';
  if (now.theirs === null) return hasDamage ? 'unreadable' : 'replica';
  if (now.ours === now.theirs) {
    // One of the two was read otherwise before: which of its readings is right nobody knows.
    const wasOther = before.ours !== null && before.theirs !== null && before.ours !== before.theirs;
    if (!wasOther) return 'same';
    return before.ours === now.ours ? 'replica' : 'source';
  }
  if (before.ours !== null && before.ours !== now.ours) return 'source';
  return before.theirs === null || before.theirs === now.theirs ? 'content' : 'replica';
}

async function readBoth(
  { ours, theirs }: Readers,
  unit: Unit,
  limit: ReadLimit,
  anew = false,
): Promise<Result<Both>> {
  const [here, there] = await Promise.all([ours.read(unit, limit, anew), theirs.read(unit, limit, anew)]);
  if (!here.ok) return failed(here.fault);
  return there.ok ? ok({ ours: here.value, theirs: there.value }) : failed(there.fault);
}

/** So few that what is said of each is kept: names are told escaped. */
const FEW = 64;
const NAMES = 8192;

function fewOf(files: readonly ChosenFile[]): ChosenFile[][] {
  const all: ChosenFile[][] = [];
  let names = 0;
  for (const file of files) {
    const last = all.at(-1);
    names += file.path.length;
    if (last && last.length < FEW && names <= NAMES) {
      last.push(file);
      continue;
    }
    all.push([file]);
    names = file.path.length;
  }
  return all;
}
