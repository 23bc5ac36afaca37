/** The stories there are: what happens, and after how many seconds. They can be told faster, and end when the play ends. */
import {
  type Act,
  comeBack,
  corrupt,
  deleteReplica,
  goDown,
  makeWritable,
  slowDown,
  takeRoom,
  work,
} from './acts.ts';

export interface Story {
  readonly about: string;
  readonly withFailingHook: boolean;
  /** Before anybody looks. */
  readonly prologue: readonly Act[];
  /** Seconds from the beginning; `every`: again and again. */
  readonly acts: readonly { readonly at: number; readonly every?: number; readonly act: Act }[];
}

const MIB = 1024 * 1024;
const LIFE = { at: 1, every: 4, act: work };

export const STORIES = {
  quiet: {
    about: 'people work, snapshots are made and sent, all is well',
    withFailingHook: false,
    prologue: [],
    acts: [LIFE],
  },
  busy: {
    about: 'a large first transfer runs, a server goes down and comes back',
    withFailingHook: false,
    prologue: [slowDown('c', 16 * MIB)],
    acts: [LIFE, { at: 90, every: 240, act: goDown('b') }, { at: 120, every: 240, act: comeBack('b') }],
  },
  trouble: {
    about: 'a disk fills, replicas are deleted and changed by hand, a hook fails, a server goes down',
    withFailingHook: true,
    prologue: [
      slowDown('c', 16 * MIB),
      deleteReplica('b', 'home'),
      makeWritable('c', 'data'),
      takeRoom('d', 0.9),
      corrupt('b'),
    ],
    acts: [
      LIFE,
      { at: 20, act: takeRoom('d', 0.99) },
      { at: 45, every: 200, act: goDown('c') },
      { at: 90, every: 200, act: comeBack('c') },
    ],
  },
} as const satisfies Record<string, Story>;

export type StoryName = keyof typeof STORIES;

export const STORY_NAMES = Object.keys(STORIES) as StoryName[];

/** Lets a story happen; what is returned ends it. */
export function tell({ acts }: Story, speed: number, happen: (act: Act) => void): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const after = (seconds: number, act: Act, every: number | undefined): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        happen(act);
        if (every !== undefined) after(every, act, every);
      },
      (seconds * 1000) / speed,
    );
    timers.add(timer);
  };
  for (const { at, every, act } of acts as Story['acts']) after(at, act, every);
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
