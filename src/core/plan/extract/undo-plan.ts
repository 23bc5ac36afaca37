/**
 * Decides how what a run did to files is taken back: only what it changed, as it was before. What somebody changed since is
 * found and named. It looks at nothing and changes nothing. Paths are texts of bytes (model/file-name).
 */
import type { ExtractPlace } from '../../model/extract/orders.ts';
import { inDirectory, isWithin, nameIn, type Tree, type TreeEntry } from '../../model/extract/tree.ts';
import { copyGroups } from './copy-groups.ts';
import { goingIn, hasWork, type Place, PlanRows, planOf } from './plan-parts.ts';
import type { ExtractPlan } from './question.ts';
import {
  below,
  childrenOf,
  hasSameRights,
  isChangedAfter,
  isUntouched,
  looksSame,
  seenAs,
} from './tree-index.ts';

export interface UndoQuestion {
  /** What the run was told to do. */
  readonly places: readonly ExtractPlace[];
  /** As it was before; as it is now; and what came, by its path in the snapshot. */
  readonly before: Tree;
  readonly now: Tree;
  readonly brought: Tree;
  /** What was given to directories, by their paths in the snapshot. */
  readonly given: Tree;
  /** Also what somebody changed since. */
  readonly force: boolean;
  /** As with `ExtractQuestion`. */
  readonly shownAt: string | null;
}

export interface UndoPlan {
  readonly plan: ExtractPlan;
  /** Neither what the run put there nor what was there before; with `force` it is taken back all the same. */
  readonly changed: readonly string[];
}

export const planUndo = (question: UndoQuestion): UndoPlan => new Undoing(question).plan();

class Undoing {
  readonly #question: UndoQuestion;
  readonly #inBefore: ReadonlyMap<string, readonly string[]>;
  readonly #inNow: ReadonlyMap<string, readonly string[]>;
  readonly #inBrought: ReadonlyMap<string, readonly string[]>;
  readonly #changed: string[] = [];
  readonly #files: string[] = [];
  readonly #newDirectories: string[] = [];
  readonly #kept: string[] = [];
  readonly #rows = new PlanRows();

  constructor(question: UndoQuestion) {
    this.#question = question;
    this.#inBefore = childrenOf(question.before);
    this.#inNow = childrenOf(question.now);
    this.#inBrought = childrenOf(question.brought);
  }

  plan(): UndoPlan {
    const { before, now } = this.#question;
    const places = this.#question.places.map((place) => this.#place(place)).filter(hasWork);
    const orders = {
      copies: copyGroups(before, this.#files),
      newDirectories: this.#newDirectories.toSorted(),
      kept: this.#kept,
      places,
      seen: seenAs(now, this.#inNow, goingIn(places)),
    };
    const plan = planOf(this.#rows, { files: this.#files, source: before, orders });
    return { changed: this.#changed, plan: { ...plan, chosen: places.length } };
  }

  #place({ directory, source, removes, creates, replaces, keeps }: ExtractPlace): Place {
    const { before, now } = this.#question;
    const place: Place = {
      ...{ directory, source: directory, removes: [], creates: [], replaces: [], keeps: false },
    };
    const came = new Set([...creates, ...replaces]);
    for (const name of new Set([...removes, ...came])) {
      const path = inDirectory(directory, name);
      this.#name(path, came.has(name) ? inDirectory(source, name) : null, place);
    }
    const [then, there] = [before.entries.get(directory), now.entries.get(directory)];
    const isBoth = then?.kind === 'd' && there?.kind === 'd';
    if (
      keeps &&
      isBoth &&
      this.#mayGive(directory, source) &&
      (hasWork(place) || !isUntouched(then, there))
    ) {
      place.keeps = true;
      this.#kept.push(directory);
      this.#rows.tell('attributes', directory);
    }
    return place;
  }

  /** Nobody gave it other rights since. */
  #mayGive(directory: string, source: string): boolean {
    const { before, now, given, force } = this.#question;
    const there = now.entries.get(directory);
    const known = [before.entries.get(directory), given.entries.get(source)];
    const isKnown = known.some((one) => one && there && hasSameRights(one, there));
    if (!isKnown) this.#changed.push(directory);
    return isKnown || force;
  }

  /** `source`: what the run put there; null: it took away what was there. */
  #name(path: string, source: string | null, place: Place): void {
    const { before, now, force } = this.#question;
    const [then, there] = [before.entries.get(path), now.entries.get(path)];
    if (this.#isAsBefore(path, then, there)) {
      this.#rows.tell('left', path);
      return;
    }
    // What is not there cannot be lost: it may be that the run was cut off before it came.
    const isOurs = there === undefined || (source !== null && this.#isAsBrought(path, source));
    if (!isOurs) this.#changed.push(path);
    if (!isOurs && !force) return;
    if (this.#holdsOther(path)) {
      this.#rows.tell('skipped', path, 'another subvolume, or something that is mounted, is there');
      return;
    }
    if (isChangedAfter(now, this.#inNow, path, this.#question.shownAt)) {
      this.#rows.tellLate(then === undefined ? 'removed' : 'replaced', path);
      return;
    }
    this.#bringBack(path, then, there, place);
  }

  #bringBack(path: string, then: TreeEntry | undefined, there: TreeEntry | undefined, place: Place): void {
    const name = nameIn(path);
    const isFile = then !== undefined && then.kind !== 'd';
    if (isFile && there && there.kind !== 'd') {
      place.replaces.push(name);
      this.#files.push(path);
      this.#rows.tell('replaced', path);
      return;
    }
    if (there) {
      place.removes.push(name);
      for (const gone of below(this.#inNow, path)) this.#rows.tell('removed', gone);
    }
    if (!then) return;
    place.creates.push(name);
    for (const one of below(this.#inBefore, path)) {
      const kind = this.#question.before.entries.get(one)?.kind;
      (kind === 'd' ? this.#newDirectories : this.#files).push(one);
      this.#rows.tell('created', one);
    }
  }

  /** The run did not come to it, or somebody took it back already. */
  #isAsBefore(path: string, then: TreeEntry | undefined, there: TreeEntry | undefined): boolean {
    if (!then || !there) return then === there;
    if (then.kind === 'd') {
      const { before, now } = this.#question;
      return isSameTree([before, this.#inBefore, path], [now, this.#inNow, path], isSameFile);
    }
    return isSameFile(then, there);
  }

  #isAsBrought(path: string, source: string): boolean {
    const { brought, now } = this.#question;
    return isSameTree([brought, this.#inBrought, source], [now, this.#inNow, path], isSameFile);
  }

  #holdsOther(path: string): boolean {
    const { entries } = this.#question.now;
    const device = entries.get('')?.device;
    return below(this.#inNow, path).some((one) => {
      const there = entries.get(one);
      return there !== undefined && there.device !== device;
    });
  }
}

/** A rename leaves all but the time of the change of an inode as it was. */
const isSameFile = (a: TreeEntry, b: TreeEntry): boolean => a.inode === b.inode && looksSame(a, b);

type Part = readonly [tree: Tree, children: ReadonlyMap<string, readonly string[]>, path: string];

/** Both hold the same names, and each is the same. */
function isSameTree(
  [treeA, inA, a]: Part,
  [treeB, inB, b]: Part,
  isSame: (one: TreeEntry, other: TreeEntry) => boolean,
): boolean {
  const namesA = below(inA, a);
  const namesB = below(inB, b);
  if (namesA.length !== namesB.length) return false;
  return namesA.every((path) => {
    const [one, other] = [treeA.entries.get(path), treeB.entries.get(b + path.slice(a.length))];
    return one !== undefined && other !== undefined && isSame(one, other);
  });
}

/** What is to be listed to plan it: what was asked for, and what was made above of it. None lies within another one. */
export function undoRoots(places: readonly ExtractPlace[], asked: readonly string[]): string[] {
  const above = places
    .filter(({ directory }) => !asked.some((root) => isWithin(directory, root)))
    .flatMap(({ directory, creates, removes, replaces }) =>
      [...creates, ...removes, ...replaces].map((name) => inDirectory(directory, name)),
    );
  const all = [...new Set([...asked, ...above])];
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}
