/**
 * What takes a protection away from snapshots, and which ones lose theirs by it. Who loses it is decided in
 * plan/lost-protection.
 */
import type { Fault } from '../fault.ts';
import type { RetentionPolicy } from '../policy.ts';
import type { KeepReason } from '../retention.ts';
import type { Task } from './task.ts';

/** A change after which clean-up may delete more than before. */
export type ProtectionChange =
  | { readonly kind: 'forget-server'; readonly server: string }
  | { readonly kind: 'promote'; readonly server: string }
  /** `filesystem` null: all disks whose uuid was not noted. */
  | { readonly kind: 'forget-disk'; readonly server: string; readonly filesystem: string | null }
  | { readonly kind: 'release'; readonly subvolume: string; readonly name: string }
  /** `task` null: it is removed. */
  | { readonly kind: 'task'; readonly name: string; readonly task: Task | null }
  /** `policy` null: it is removed. */
  | { readonly kind: 'retention'; readonly subvolume: string; readonly policy: RetentionPolicy | null };

/** Where automation cleans up: the snapshots of a subvolume on the primary, or its replicas on a target. */
export interface CleanedAt {
  readonly subvolume: string;
  /** The primary, or a target as `formatTarget` writes it. */
  readonly where: string;
}

/** A snapshot that is kept now, and that clean-up may delete after the change. */
export interface LosingSnapshot extends CleanedAt {
  readonly name: string;
  readonly path: string;
  /** Why it is kept now; empty: no rules are followed there. */
  readonly reasons: readonly KeepReason[];
}

/** A place of which it is not known what clean-up may delete there after the change. */
export interface UnknownLoss extends CleanedAt {
  readonly fault: Fault;
}

export interface LostProtection {
  /** Place by place, oldest first. */
  readonly snapshots: readonly LosingSnapshot[];
  readonly unknown: readonly UnknownLoss[];
}

/** Where `lostText` has nothing to tell. */
export const LOSES_NOTHING = 'No snapshot loses its protection by this.';

/** Most names in one sentence. */
const NAMED = 3;

/** A sentence for each place and reason, then one for each place that is not known; none: nothing is lost. */
export function lostText({ snapshots, unknown }: LostProtection): string[] {
  const groups = Map.groupBy(snapshots, (one) => JSON.stringify([one.where, one.subvolume, whyKept(one)]));
  return [
    ...[...groups.values()].map(groupText),
    ...unknown.map(
      ({ where, subvolume, fault }) =>
        `What clean-up of ${subvolume} on ${where} may delete from now on is not known: ${fault.message}`,
    ),
  ];
}

function groupText(group: readonly LosingSnapshot[]): string {
  const [first] = group;
  if (!first) return '';
  const { where, subvolume } = first;
  const [what, are, them] = group.length === 1 ? ['snapshot', 'was', 'it'] : ['snapshots', 'were', 'them'];
  const names = group.slice(0, NAMED).map(({ name }) => name);
  const more = group.length > NAMED ? ` and ${group.length - NAMED} more` : '';
  return (
    `${group.length} ${what} of ${subvolume} on ${where} ${are} ${whyKept(first)}. ` +
    `Clean-up may delete ${them} from now on: ${names.join(', ')}${more}.`
  );
}

/** Reads after "they were". */
function whyKept({ reasons }: LosingSnapshot): string {
  if (reasons.length === 0) return 'deleted by no rules so far';
  if (reasons.some(({ kind }) => kind === 'held')) return 'held';
  const targets = reasons.flatMap((reason) => {
    if (reason.kind === 'base') return [reason.target];
    return reason.kind === 'bases-unknown' ? reason.targets : [];
  });
  const isOnly = reasons.every(({ kind }) => kind === 'base' || kind === 'bases-unknown');
  if (!isOnly) return 'kept by the rules so far';
  const all = [...new Set(targets)].join(', ');
  const isKnown = reasons.every(({ kind }) => kind === 'base');
  return isKnown
    ? `kept only for ${all}`
    : `kept only for ${all || 'targets'}, as what is there is not known`;
}
