/**
 * Decides which of the snapshots somebody wants to delete are the last that both sides of a replication have: without
 * them the next replication there sends everything. It deletes nothing.
 */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import { byAge } from '../catalog/catalog.ts';
import type { Bases } from './retention.ts';

export interface LastBases {
  /** By uuid: the targets that have nothing else in common with what stays. Of several that go, only the newest. */
  readonly lastOf: ReadonlyMap<string, readonly string[]>;
  /** The ids of those. */
  readonly last: readonly string[];
  /** The ids of what stays and is the newest in common with a target, for each of them. */
  readonly staying: readonly string[];
  /** Targets of which it is not known what they hold: what goes may be the last for them. */
  readonly unknown: readonly string[];
}

export interface LastBasesQuestion {
  /** All that lie there, those that go among them. */
  readonly snapshots: readonly Snapshot[];
  readonly going: readonly Snapshot[];
  readonly bases: Bases;
  /** The filesystem a snapshot lies on: what one disk has does not make up for what another one lacks. */
  readonly filesystemOf: (snapshot: Snapshot) => string | null;
}

export function lastBases({ snapshots, going, bases, filesystemOf }: LastBasesQuestion): LastBases {
  const lastOf = new Map<string, string[]>();
  const last = new Set<string>();
  const staying = new Set<string>();
  const goes = new Set(going.map(({ uuid }) => uuid));
  const known = bases === 'unknown' ? [] : [...bases];
  for (const group of Map.groupBy(snapshots, filesystemOf).values()) {
    for (const [target, there] of known) {
      if (there === 'unknown') continue;
      const common = group.filter((one) => one.readOnly && there.has(mayBe(one))).toSorted(byAge);
      const newest = common.at(-1);
      const stays = common.findLast(({ uuid }) => !goes.has(uuid));
      if (stays) staying.add(bornIdOfSnapshot(stays));
      if (!newest || stays) continue;
      lastOf.set(newest.uuid, [...(lastOf.get(newest.uuid) ?? []), target]);
      last.add(bornIdOfSnapshot(newest));
    }
  }
  const unknown = known.flatMap(([target, there]) => (there === 'unknown' ? [target] : []));
  return {
    ...{ lastOf, last: [...last], staying: [...staying] },
    unknown: going.some(({ readOnly }) => readOnly) ? unknown : [],
  };
}

/** Its id, also while it is not proven yet: it may be the base once it is. */
const mayBe = (one: Snapshot): string => (one.doubt === 'unchecked' ? bornIdOfSnapshot(one) : one.originId);

/** Why it is not deleted unless somebody says so. `server`: where it lies; `isSource`: it is what is sent from. */
export function lastBaseFault(
  { path }: Snapshot,
  about: {
    readonly subvolume: string;
    readonly server: string;
    readonly isSource: boolean;
    readonly targets: readonly string[];
  },
): Fault {
  const { subvolume, server, isSource, targets } = about;
  // Of a disk that is away the name tells that, too.
  const [target = ''] = targets[0]?.split(' (') ?? [];
  return fault(
    'last-base',
    `${path} on ${server} is the last that it has in common with ${targets.join(', ')}: without it the next replication between them sends everything.`,
    `Replicate a newer one first: "${command('replicate', 'auto', subvolume, '--to', isSource ? target : server)}". If it shall go all the same: --allow-last-base.`,
    { server },
  );
}
