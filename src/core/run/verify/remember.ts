/** Writes down what a comparison came to: when it was, and that nothing is built on a replica that differs any more. */
import type { LookedCloser } from '../../btrfs/looks/proof.ts';
import { ok } from '../../model/result.ts';
import type { Verification } from '../../model/runs/verification.ts';
import { differenceWords, isOfContent, type VerifyResult } from '../../model/runs/verify.ts';
import { judge } from '../../plan/catalog/proof.ts';
import type { Compared } from '../../state/journal/different.ts';
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

/** First of all the mark, should all end here: it waits for a journal that fails, and throws `JournalFailure` as a last resort. */
export async function remember(
  about: About,
  { replica, stand, found }: ComparedReplica,
  result: VerifyResult,
): Promise<void> {
  const { context, request, pair } = about;
  const { journal } = context.fleet;
  const { server, filesystem, uuid } = pair;
  const { doubt } = replica.entry;
  const isWhole = found.fault === null && request.level === 'content' && request.share === null;
  const verdict = verdictOf(about, replica, result, isWhole);
  const verifications = verificationsOf(about, found, result);
  await context.patiently(() => journal.noteCompared({ server, filesystem, uuid, verdict, verifications }));
  // Attributes that differ are told; what is in it is the same, and it is built on as any other.
  const isSame = result.status === 'same' || result.status === 'attributes';
  const isEnded = doubt !== 'different' || verdict?.kind === 'same';
  const isProven = isWhole && isSame && isEnded && doubt !== undefined && stand !== undefined;
  if (isProven) {
    const { generation, changed } = stand;
    journal.rememberProofs(server, filesystem, [{ uuid, generation, changed, doubt: null, tried: 0 }]);
  }
  if (verdict !== null || isProven) judgeLastLook(context.fleet, server);
  rotate(about, replica, found, result.at);
}

function verdictOf(
  { request: { subvolume } }: About,
  { entry: { path, generation, doubt } }: Side,
  result: VerifyResult,
  isWhole: boolean,
): Compared['verdict'] {
  if (result.barred) return { kind: 'different', path, subvolume, generation, what: differenceWords(result) };
  // What is wrong on the disk may be right in memory still.
  const isRead = isWhole && !result.maybeFromMemory;
  return isRead && doubt === 'different' ? { kind: 'same' } : null;
}

function verificationsOf(
  { request, pair }: About,
  { level: reached, differences: all, fault }: Found,
  { at, compared }: VerifyResult,
): Verification[] {
  const { server, filesystem, snapshot, source, uuid: replica } = pair;
  const differences = all.filter(isOfContent).length;
  const counts = { differences, attributes: all.length - differences };
  const about = {
    ...{ server, filesystem, subvolume: request.subvolume, snapshot, source, replica, at },
    ...counts,
  };
  if (request.level === 'identity') return [{ ...about, level: 'identity', share: null, compared: 0 }];
  const metadata: Verification = { ...about, level: 'metadata', share: null, compared: compared.entries };
  // Cut off, it is no proof of content; nor is a share without a file.
  const isCut = fault !== null || reached === 'metadata' || (request.share !== null && compared.files === 0);
  if (request.level === 'metadata' || isCut) return [metadata];
  return [metadata, { ...about, level: 'content', share: request.share, compared: compared.files }];
}

/**
 * A look that shows nothing new is told by the last one: that must say at once what is in doubt, whether the server can be
 * looked at or not.
 */
export function judgeLastLook({ journal }: Pick<Fleet, 'journal'>, server: string): void {
  const last = journal.lastAnswer(server);
  if (!last) return;
  const filesystems = last.inventory.filesystems.map((one) => {
    const { listing, uuid } = one;
    if (!listing.ok) return one;
    const marks = journal.differentOn(server, uuid);
    return { ...one, listing: ok(judge(listing.value, journal.proofs(server, uuid), marks).entries) };
  });
  journal.saveInventory({ ...last.inventory, filesystems }, `${last.answer} open`);
}
