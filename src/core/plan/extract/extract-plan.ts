/**
 * Decides what is done to bring files of a snapshot to where they are wanted: what is created, replaced, left and removed,
 * from a list of both trees. It looks at nothing and changes nothing. Paths are texts of bytes (model/file-name).
 */
import {
  directoryOf,
  inDirectory,
  isWithin,
  nameIn,
  TOO_LONG,
  type TreeEntry,
} from '../../model/extract/tree.ts';
import { copyGroups } from './copy-groups.ts';
import { goingIn, hasWork, type Place, PlanRows, planOf } from './plan-parts.ts';
import type { ExtractPlan, ExtractQuestion, ExtractWanted } from './question.ts';
import { changedLinks } from './same-links.ts';
import {
  below,
  byName,
  childrenOf,
  isApart,
  isChangedAfter,
  isNewer,
  isUntouched,
  looksSame,
  seenAs,
} from './tree-index.ts';

export const planExtract = (question: ExtractQuestion): ExtractPlan => new Planner(question).plan();

class Planner {
  readonly #question: ExtractQuestion;
  readonly #inSource: ReadonlyMap<string, readonly string[]>;
  readonly #inTarget: ReadonlyMap<string, readonly string[]>;
  readonly #comes: ReadonlySet<string>;
  readonly #changedLinks: ReadonlySet<string>;
  readonly #places: Place[] = [];
  readonly #files: string[] = [];
  readonly #newDirectories: string[] = [];
  readonly #kept: string[] = [];
  readonly #rows = new PlanRows();

  constructor(question: ExtractQuestion) {
    this.#question = question;
    this.#inSource = childrenOf(question.source);
    this.#inTarget = childrenOf(question.target);
    this.#comes = comingOf(question);
    this.#changedLinks = changedLinks(question, this.#comes);
  }

  plan(): ExtractPlan {
    const { wanted, source } = this.#question;
    for (const { from, to } of tops(wanted)) {
      if (from === '') this.#directory('', to);
      else if (this.#comes.has(from)) {
        const place = this.#placeIn(directoryOf(to), directoryOf(from));
        this.#entry(from, to, place);
      }
    }
    const places = this.#places.filter(hasWork);
    const orders = {
      copies: copyGroups(source, this.#files),
      newDirectories: this.#newDirectories.toSorted(byName),
      kept: this.#kept,
      places,
      seen: seenAs(this.#question.target, this.#inTarget, goingIn(places)),
    };
    return { ...planOf(this.#rows, { files: this.#files, source, orders }), chosen: this.#comes.size };
  }

  #placeIn(directory: string, source: string): Place {
    const place = { directory, source, removes: [], creates: [], replaces: [], keeps: false };
    this.#places.push(place);
    return place;
  }

  /** Both are directories, of the device of their trees. */
  #directory(from: string, to: string): void {
    const { source, target, overwrite, chooses, hasWayBack } = this.#question;
    const place = this.#placeIn(to, from);
    for (const name of this.#inSource.get(from) ?? []) {
      const path = inDirectory(from, name);
      if (this.#comes.has(path)) this.#entry(path, inDirectory(to, name), place);
    }
    const isAsked = this.#isAsked(from);
    if (isAsked) this.#removeRest(from, to, place);
    const [s, t] = [source.entries.get(from), target.entries.get(to)];
    const mayChange = overwrite === 'always' || overwrite === 'if-changed';
    if (!isAsked || !mayChange || !s || !t || !chooses(from)) return;
    if (!hasWork(place) && isUntouched(s, t)) return;
    if (!hasWork(place) && overwrite === 'if-changed' && looksSame(s, t)) return;
    if (!hasWayBack) {
      this.#rows.tell('left', to);
      return;
    }
    place.keeps = true;
    this.#kept.push(from);
    this.#rows.tell('attributes', to);
  }

  #isAsked(from: string): boolean {
    return this.#question.wanted.some((one) => isWithin(from, one.from));
  }

  #entry(from: string, to: string, place: Place): void {
    const { source, target, isStream, isOurs } = this.#question;
    const [s, t] = [source.entries.get(from), target.entries.get(to)];
    if (!s || isOurs(to)) return;
    if (isOurs(from)) {
      this.#rows.tell('skipped', to, IS_OURS);
      return;
    }
    if (isApart(source, s)) {
      this.#apart(to, s, t);
      return;
    }
    if (s.kind === 'd' && t?.kind === 'd' && t.device === target.entries.get('')?.device) {
      this.#directory(from, to);
      return;
    }
    if (s.kind === 's' && isStream) this.#rows.tell('skipped', to, 'a socket is not sent');
    else if (!t) this.#create(from, to, place);
    else if (t.device !== target.entries.get('')?.device) {
      // An empty directory is what something is mounted on.
      const isPlaceholder = s.kind === 'd' && (this.#inSource.get(from) ?? []).length === 0;
      if (!isPlaceholder) this.#rows.tell('skipped', to, whyOf(t, OTHER_DEVICE));
    } else if (!this.#mayReplace(from, s, t)) this.#rows.tell('left', to);
    else if (this.#isLate(to)) this.#rows.tellLate('replaced', to);
    else if (s.kind === 'd' || t.kind === 'd') this.#conflict(from, to, place, t);
    else this.#file(from, to, place);
  }

  /** A subvolume that was inside shows in the snapshot as an empty directory: what it held is not there. */
  #apart(to: string, s: TreeEntry, t: TreeEntry | undefined): void {
    const isThere = t !== undefined && t.device !== this.#question.target.entries.get('')?.device;
    if (!isThere) this.#rows.tell('skipped', to, whyOf(s, WAS_APART));
  }

  #file(from: string, to: string, place: Place): void {
    this.#files.push(from);
    place.replaces.push(nameIn(to));
    this.#rows.tell('replaced', to);
  }

  #mayReplace(from: string, s: TreeEntry, t: TreeEntry): boolean {
    switch (this.#question.overwrite) {
      case 'always':
        return true;
      case 'if-changed':
        return !looksSame(s, t) || isDevice(s) || this.#changedLinks.has(from);
      case 'if-newer':
        return isNewer(s, t);
      case 'never':
        return false;
    }
  }

  /** One is a directory and the other is none. */
  #conflict(from: string, to: string, place: Place, t: TreeEntry): void {
    const why = t.kind === 'd' ? this.#whyStays(from, to) : null;
    if (why !== null) {
      this.#rows.tell('skipped', to, why);
      return;
    }
    place.removes.push(nameIn(to));
    this.#rows.tell('replaced', to);
    this.#bring(from, to);
    place.creates.push(nameIn(to));
  }

  /** A directory that something else is to take the place of. */
  #whyStays(from: string, to: string): string | null {
    if (this.#staysIn(to)) return OTHER_DEVICE;
    const isFull = (this.#inTarget.get(to) ?? []).length > 0;
    if (!isFull) return null;
    if (!this.#question.removes) return IS_FULL;
    return this.#holdsBack(from, to) ? IS_LEFT_OUT : null;
  }

  #create(from: string, to: string, place: Place): void {
    place.creates.push(nameIn(to));
    for (const path of this.#bring(from, to)) this.#rows.tell('created', to + path.slice(from.length));
  }

  /** All that comes of it; it is renamed as one. */
  #bring(from: string, to: string): string[] {
    const { source, isStream } = this.#question;
    const brought: string[] = [];
    const open = [from];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const entry = source.entries.get(path);
      if (!entry || !this.#comes.has(path) || (entry.kind === 's' && isStream)) continue;
      if (isApart(source, entry)) {
        this.#rows.tell('skipped', to + path.slice(from.length), whyOf(entry, WAS_APART));
        continue;
      }
      brought.push(path);
      if (entry.kind !== 'd') this.#files.push(path);
      else {
        this.#newDirectories.push(path);
        for (const name of this.#inSource.get(path) ?? []) open.push(inDirectory(path, name));
      }
    }
    return brought;
  }

  #removeRest(from: string, to: string, place: Place): void {
    if (!this.#question.removes) return;
    const known = new Set(this.#inSource.get(from));
    for (const name of this.#inTarget.get(to) ?? []) {
      const path = inDirectory(to, name);
      if (!known.has(name) && !this.#question.isOurs(path))
        this.#remove(inDirectory(from, name), path, place);
    }
  }

  /** As one where all of it goes; else what may go of it. */
  #remove(from: string, to: string, place: Place): void {
    const entry = this.#question.target.entries.get(to);
    if (!entry) return;
    if (entry.device !== this.#question.target.entries.get('')?.device) {
      this.#rows.tell('skipped', to, whyOf(entry, OTHER_DEVICE));
      return;
    }
    if (this.#isLate(to)) {
      this.#rows.tellLate('removed', to, below(this.#inTarget, to).length);
      return;
    }
    const inner = this.#inTarget.get(to) ?? [];
    const goes = this.#question.chooses(from);
    if (goes && !this.#holdsBack(from, to)) {
      place.removes.push(nameIn(to));
      for (const path of below(this.#inTarget, to)) this.#rows.tell('removed', path);
      return;
    }
    if (entry.kind !== 'd') return;
    const within = this.#placeIn(to, from);
    for (const name of inner) this.#remove(inDirectory(from, name), inDirectory(to, name), within);
  }

  #isLate(to: string): boolean {
    const { target, shownAt } = this.#question;
    return isChangedAfter(target, this.#inTarget, to, shownAt);
  }

  /** Something in it is not to go. */
  #holdsBack(from: string, to: string): boolean {
    return (
      this.#staysIn(to) ||
      below(this.#inTarget, to).some((path) => !this.#question.chooses(from + path.slice(to.length)))
    );
  }

  /** Another subvolume, or something that is mounted, is it or in it. */
  #staysIn(to: string): boolean {
    const { entries } = this.#question.target;
    const device = entries.get('')?.device;
    return below(this.#inTarget, to).some((path) => entries.get(path)?.device !== device);
  }
}

/** Which one it is, is not listed. */
const isDevice = ({ kind }: TreeEntry): boolean => kind === 'b' || kind === 'c';

const IS_FULL = 'a directory that is not empty is in its place, and --delete was not chosen';
const IS_LEFT_OUT = 'a directory is in its place that holds what was left out';
const IS_OURS = 'btrfleet itself made it, to bring files back';
const WAS_APART = 'it was a subvolume of its own, and what it held is in its own snapshots';
const OTHER_DEVICE = 'another subvolume, or something that is mounted, is there';

const IS_LONG = 'its path is so long that no tool takes it';
const whyOf = ({ device }: TreeEntry, why: string): string => (device === TOO_LONG ? IS_LONG : why);

/** Where it was all begins at the root, once, so that directories on the way that are gone come too. */
function tops(wanted: readonly ExtractWanted[]): readonly ExtractWanted[] {
  const elsewhere = wanted.filter((one) => !isInPlace(one));
  return elsewhere.length < wanted.length ? [{ from: '', to: '' }, ...elsewhere] : elsewhere;
}

const isInPlace = ({ from, to }: ExtractWanted): boolean => from === to;

/** What is chosen of what was asked for, and the directories it lies in. */
function comingOf({ source, wanted, chooses }: ExtractQuestion): Set<string> {
  const comes = new Set<string>();
  for (const path of source.entries.keys()) {
    const asked = wanted.find(({ from }) => isWithin(path, from));
    if (!asked || !chooses(path)) continue;
    const top = isInPlace(asked) ? '' : asked.from;
    for (let up = path; !comes.has(up); up = directoryOf(up)) {
      comes.add(up);
      if (up === top || up === '') break;
    }
  }
  return comes;
}
