/**
 * One-line notation for snapshots and plans: letters are snapshots by age, so that a table of cases reads at a
 * glance. It builds values only and decides nothing.
 *
 *   a b c   whole snapshots, oldest first; lower case made on the primary, upper case on the secondary
 *   a'      made writable: modified            a?   half received: partial
 *   ~a      made by hand, in another place: foreign, read-only, named by-hand-a
 *   ~a0     the same, and btrfs names no time for it
 *   a=x     under the name of a, but with the content of x
 *   /a      a replica that lies elsewhere on the target      #a   a plain file under the name of a
 */
import type { ReplicationPlan } from '../../../src/core/model/runs/replication.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import {
  planReplication,
  type TargetState,
  type WantedByHand,
} from '../../../src/core/plan/replication/replication.ts';

export type Host = 'primary' | 'secondary' | 'third';

const TOKEN = /^(?<place>[~/#]?)(?<letter>[a-zA-Z])(?:=(?<content>[a-zA-Z]))?(?<mark>['?0]?)$/;

/** The name of a letter's snapshot: `a` is the first of January, `b` the second; `A` is as old as `a`. */
export const nameOf = (letter: string): string => {
  const day = letter.toLowerCase().charCodeAt(0) - 'a'.charCodeAt(0) + 1;
  return `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
};

/** The letter of a name that `nameOf` gave. */
export const letterOf = (snapshot: Snapshot): string => snapshot.originId.replace(/^id-/, '');

interface Token {
  readonly place: string;
  readonly letter: string;
  readonly content: string;
  readonly mark: string;
}

function tokens(text: string): Token[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const { place = '', letter = '', content = letter, mark = '' } = TOKEN.exec(word)?.groups ?? {};
      if (letter === '') throw new Error(`not in the notation: ${word}`);
      return { place, letter, content: content || letter, mark };
    });
}

const madeOn = (letter: string): Host => (letter === letter.toLowerCase() ? 'primary' : 'secondary');

function toSnapshot(host: Host, { place, letter, content, mark }: Token): Snapshot {
  const own = madeOn(content) === host;
  const writable = mark === "'" || mark === '?';
  const uuid = own ? `id-${content}` : `${host}-${content}`;
  const receivedUuid = own || writable ? null : `id-${content}`;
  const foreign = place === '~';
  const name = foreign ? `by-hand-${letter}` : nameOf(letter);
  const state = ({ "'": 'modified', '?': 'partial' } as const)[mark] ?? (foreign ? 'foreign' : 'complete');
  return {
    name,
    path: place === '' ? `/pool/.snapshots/data/${name}` : `/pool/elsewhere/${name}`,
    uuid,
    receivedUuid,
    originId: receivedUuid ?? uuid,
    createdAt: mark === '0' ? null : nameOf(letter),
    readOnly: !writable,
    state,
  };
}

/** The snapshots of a subvolume on a host, foreign ones included. */
export const snapshots = (host: Host, text: string): Snapshot[] =>
  tokens(text).map((token) => toSnapshot(host, token));

/** One snapshot. */
export function snapshot(host: Host, text: string): Snapshot {
  const [only] = snapshots(host, text);
  if (!only) throw new Error('one snapshot expected');
  return only;
}

/** What lies on a target: its directory, what else can be built on, and names that are no subvolumes. */
export function targetState(text: string, host: Host = 'secondary'): TargetState {
  const all = tokens(text).filter((token) => token.place !== '#');
  const replicas = all.filter((token) => token.place === '').map((token) => toSnapshot(host, token));
  return {
    server: 'b',
    directory: '/pool/.snapshots/data',
    replicas,
    bases: all.map((token) => toSnapshot(host, token)).filter((one) => one.readOnly),
    otherNames: new Set(
      tokens(text)
        .filter((token) => token.place === '#')
        .map((token) => nameOf(token.letter)),
    ),
  };
}

/** `full b`, `incremental a→b`, `auto`, `auto b`, `all`, `all b`. */
export function wanted(text: string): WantedByHand {
  const [verb, what] = text.split(' ');
  switch (verb) {
    case 'full':
      return { mode: 'full', snapshot: nameOf(what ?? '') };
    case 'incremental': {
      const [base = '', sent = ''] = (what ?? '').split('→');
      return { mode: 'incremental', base: nameOf(base), snapshot: nameOf(sent) };
    }
    case 'auto':
    case 'all':
      return { mode: 'auto', snapshot: what === undefined ? null : nameOf(what), all: verb === 'all' };
    default:
      throw new Error(`not in the notation: ${text}`);
  }
}

/** A plan in one line: `∅→a a→b`, `current b`, `blocked name-taken`. */
export function shown(plan: ReplicationPlan): string {
  switch (plan.kind) {
    case 'current':
      return `current ${letterOf(plan.snapshot)}`;
    case 'blocked':
      return `blocked ${plan.fault.code}`;
    case 'send':
      return plan.steps
        .map((step) => `${step.base ? letterOf(step.base) : '∅'}→${letterOf(step.snapshot)}`)
        .join(' ');
  }
}

/** Plans what the primary's snapshots, a target and a wish, all in the notation, come to. */
export const planned = (wish: string, source: string, target: string): ReplicationPlan =>
  planOf(wanted(wish), snapshots('primary', source), targetState(target));

/** As planned, of snapshots whose names tell when they were made. */
export const planOf = (
  wish: WantedByHand,
  source: readonly Snapshot[],
  target: TargetState,
): ReplicationPlan => planReplication(wish, '/data', { snapshots: source, generations: new Map() }, target);
