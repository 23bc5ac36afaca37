/** Decides what the command that makes snapshots said: what came of each member, and of the hooks. */
import { parseBarred, type Section } from './sections.ts';

export interface SaidHook {
  /** Null: it did not come to one. */
  readonly code: number | null;
  readonly seconds: number;
  /** The last bytes it wrote, as they are. */
  readonly output: string;
}

/** A hook that was run: before or after, by its number among those that were named. */
export interface RanHook {
  readonly when: 'before' | 'after';
  readonly number: number;
  readonly said: SaidHook;
}

/** What came of one member, in the order they were named. */
export type SaidMember =
  /** Not tried. */
  | { readonly kind: 'none' }
  /** There is one that will do. */
  | { readonly kind: 'already'; readonly name: string }
  | {
      readonly kind: 'tried';
      readonly name: string;
      readonly code: number;
      /** What btrfs said, to be classified when the code is not 0. */
      readonly output: string;
      /** `btrfs subvolume show` of it; empty when it was not made. */
      readonly shown: string;
      /** Seconds since the server started, read right after it was made; hundredths. */
      readonly uptimeSeconds: number;
      /** Another member of the group failed, so it was deleted again, or not; null: it stays. */
      readonly takenBack: boolean | null;
    };

export type SnapshotsSaid =
  /** A directory could not be made: nothing was done. */
  | { readonly kind: 'refused'; readonly output: string }
  /** Another manager held the lock all the time: nothing was done. */
  | { readonly kind: 'locked' }
  /** A program that a hook needs is not there: nothing was done. */
  | { readonly kind: 'lacks'; readonly tool: string }
  | {
      readonly kind: 'done';
      readonly members: readonly SaidMember[];
      /** In the order in which they ran. */
      readonly hooks: readonly RanHook[];
      /** The lock was asked for and could not be had. */
      readonly unlocked: boolean;
      /** Somebody asked in time that no snapshot be begun. */
      readonly stopped: boolean;
      /** No name was free. */
      readonly taken: boolean;
    }
  /** The command ended before it had said all: what was done must be looked up. */
  | { readonly kind: 'broken' };

/** Reads what `snapshotsCommand` printed, for `count` members. */
export function parseSnapshots(nonce: string, count: number, output: string): SnapshotsSaid {
  const sections = parseBarred(nonce, output);
  const last = sections.at(-1);
  if (last?.title[0] !== 'over' || last.code !== 0) return { kind: 'broken' };
  const titled = (word: string): Section | undefined => sections.find(({ title }) => title[0] === word);
  const refused = titled('refused');
  if (refused) return { kind: 'refused', output: textOf(refused) };
  if (titled('locked')) return { kind: 'locked' };
  const lacks = titled('lacks');
  if (lacks) return { kind: 'lacks', tool: lacks.title[1] ?? '' };
  const own = Map.groupBy(
    sections.filter(({ title }) => MEMBER_TITLES.has(title[0] ?? '')),
    ({ title }) => title[1],
  );
  const members = Array.from({ length: count }, (_, index) => readMember(own.get(String(index)) ?? []));
  const whole = members.filter((member) => member !== null);
  if (whole.length < count) return { kind: 'broken' };
  return {
    kind: 'done',
    members: whole,
    hooks: sections.flatMap(readHook),
    unlocked: titled('unlocked') !== undefined,
    stopped: titled('stopped') !== undefined,
    taken: titled('taken') !== undefined,
  };
}

const MEMBER_TITLES: ReadonlySet<string> = new Set(['already', 'made', 'show', 'back']);

/** Null: what is said of it is not whole. */
function readMember(sections: readonly Section[]): SaidMember | null {
  const titled = (word: string): Section | undefined => sections.find(({ title }) => title[0] === word);
  const already = titled('already');
  if (already) return { kind: 'already', name: already.title[2] ?? '' };
  const made = titled('made');
  if (!made) return { kind: 'none' };
  const [, , name = '', uptime = ''] = made.title;
  const uptimeSeconds = Number.parseFloat(uptime);
  const shown = titled('show');
  const back = titled('back');
  if (made.code === null || Number.isNaN(uptimeSeconds) || (made.code === 0 && !shown)) return null;
  return {
    kind: 'tried',
    name,
    code: made.code,
    output: textOf(made),
    shown: shown ? textOf(shown) : '',
    uptimeSeconds,
    takenBack: back ? back.code === 0 : null,
  };
}

/** Title: when, which, and hundredths of a second. None: it is no hook's. */
function readHook(section: Section): RanHook[] {
  const [when, number = '', took] = section.title;
  if (when !== 'before' && when !== 'after') return [];
  const hundredths = Number(took);
  const seconds = Number.isNaN(hundredths) ? 0 : Math.max(0, hundredths) / 100;
  return [{ when, number: Number(number), said: { code: section.code, seconds, output: textOf(section) } }];
}

const textOf = ({ lines }: Section): string => lines.join('\n');
