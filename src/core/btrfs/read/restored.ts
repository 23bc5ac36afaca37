/** Decides what a server said of a restore: how far it came, and where everything is (`ask/restore-script`). */
import { parseSections, type Section } from './sections.ts';
import { uuidOf } from './show.ts';

/** Why nothing was begun. */
export const REFUSALS = [
  'top',
  'flock',
  'snapshot',
  'other-snapshot',
  'parent',
  'locked',
  'changed',
  'taken',
  'gone',
  'rights',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type SaidRestore = {
  /** What the command that failed wrote; '' where none did. */
  readonly said: string;
} & (
  | { readonly kind: 'refused'; readonly why: Refusal; readonly name: string }
  | { readonly kind: 'rolled-back'; readonly at: string; readonly kept: string | null }
  | { readonly kind: 'rollback-failed'; readonly places: readonly SaidPlace[] }
  | {
      readonly kind: 'restored';
      readonly uuid: string;
      /** It was the default subvolume: `set`, or the id to be set by hand; null: it was not, or nobody knows. */
      readonly makeDefault: string | null;
      readonly isDefaultKnown: boolean;
      /** Somebody deleted what was put aside, before it came to its end. */
      readonly isGone: boolean;
      /** By their place in what was asked. */
      readonly moved: readonly number[];
      readonly left: readonly { readonly index: number; readonly said: string }[];
    }
  /** It was cut off. */
  | { readonly kind: 'unknown' }
);

export interface SaidPlace {
  readonly name: string;
  readonly uuid: string | null;
  /** Something is there that is no subvolume. */
  readonly isOther: boolean;
}

export function parseRestored(nonce: string, output: string): SaidRestore {
  const sections = parseSections(nonce, output);
  const last = sections.findLast(({ title }) => ENDS.has(title[0] ?? ''));
  if (last?.code !== 0) return { kind: 'unknown', said: '' };
  const said = textOf(last);
  const [kind, word = '', ...rest] = last.title;
  const titled = (name: string): Section[] => sections.filter(({ title }) => title[0] === name);
  switch (kind) {
    case 'refused': {
      const why = REFUSALS.find((one) => one === word);
      return why ? { kind, why, name: rest.join(' '), said } : { kind: 'unknown', said };
    }
    case 'rolled-back':
      return { kind, at: word, kept: titled('kept')[0]?.title.slice(1).join(' ') ?? null, said };
    case 'rollback-failed': {
      const places = titled('at').map(({ title: [, uuid = '', ...name] }) => ({
        name: name.join(' '),
        uuid: uuidOf(uuid),
        isOther: uuid === 'other',
      }));
      return { kind, places, said };
    }
    case 'restored': {
      const uuid = uuidOf(word);
      if (uuid === null) return { kind: 'unknown', said };
      const byDefault = titled('default')[0]?.title[1] ?? null;
      return {
        ...{ kind, uuid, said, isDefaultKnown: byDefault !== 'unknown' },
        makeDefault: byDefault === 'set' || /^\d+$/.test(byDefault ?? '') ? byDefault : null,
        isGone: titled('gone').length > 0,
        moved: titled('moved').map(({ title }) => Number(title[1])),
        left: titled('left').map((one) => ({ index: Number(one.title[1]), said: textOf(one) })),
      };
    }
    default:
      return { kind: 'unknown', said };
  }
}

const ENDS = new Set(['refused', 'rolled-back', 'rollback-failed', 'restored']);

const textOf = ({ lines }: Section): string => lines.join('\n').trim();
