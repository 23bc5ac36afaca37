/** Writes down what a comparison came to: when it was, and that nothing is built on a replica that differs any more. */
import type { LookedCloser } from '../../btrfs/looks/proof.ts';
import { ok } from '../../model/result.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { Verification } from '../../model/runs/verification.ts';
import type { VerifyResult } from '../../model/runs/verify.ts';
import { judge } from '../../plan/catalog/proof.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { Found } from './comparison.ts';
import { type About, rotate } from './rotation.ts';
import type { Side } from './side.ts';

export interface ComparedReplica {
  readonly replica: Side;
  /** As it was all the time. */
  readonly stand: LookedCloser | undefined;
  readonly found: Found;
}

export function remember(
  about: About,
  { replica, stand, found }: ComparedReplica,
  result: VerifyResult,
): void {
  const { context, request, pair } = about;
  const { fleet } = context;
  const { server, filesystem, uuid } = pair;
  const isProven = result.status === 'same' && request.level === 'content' && request.share === null;
  // First, should all end here. What was received on top of it, also meanwhile, is judged by this one mark.
  if (result.barred) fleet.journal.markDifferent(server, filesystem, [{ ...replica.entry, uuid }]);
  else if (isProven && replica.entry.doubt && stand) {
    const { generation, changed } = stand;
    fleet.journal.rememberProofs(server, filesystem, [{ uuid, generation, changed, doubt: null, tried: 0 }]);
    fleet.journal.forgetDifferent(filesystem, uuid);
  }
  if (result.barred || (isProven && replica.entry.doubt)) judgeLastLook(fleet, server);
  for (const one of verifications(about, found.level, result)) fleet.journal.rememberVerification(one);
  rotate(about, replica, found, result.at);
}

function verifications(
  { request, pair }: About,
  level: ProofLevel | null,
  { at, compared, differenceCount: differences }: VerifyResult,
): Verification[] {
  const { server, filesystem, snapshot, source } = pair;
  const about = { server, filesystem, subvolume: request.subvolume, snapshot, source, at, differences };
  if (request.level === 'identity') return [{ ...about, level: 'identity', share: null, compared: 0 }];
  const metadata: Verification = { ...about, level: 'metadata', share: null, compared: compared.entries };
  // Cut off, it is no proof of content.
  if (request.level === 'metadata' || level === 'metadata') return [metadata];
  return [metadata, { ...about, level: 'content', share: request.share, compared: compared.files }];
}

/**
 * A look that shows nothing new is told by the last one: that must say at once what is in doubt, whether the server can be
 * looked at or not.
 */
function judgeLastLook({ journal }: Pick<Fleet, 'journal'>, server: string): void {
  const last = journal.lastAnswer(server);
  if (!last) return;
  const filesystems = last.inventory.filesystems.map((one) => {
    const { listing, uuid } = one;
    if (!listing.ok) return one;
    const marked = new Set(journal.differentOn(uuid).keys());
    return { ...one, listing: ok(judge(listing.value, journal.proofs(server, uuid), marked).entries) };
  });
  journal.saveInventory({ ...last.inventory, filesystems }, `${last.answer} open`);
}
