/** Writes down what a comparison came to: when it was, and that nothing is built on a replica that differs any more. */
import type { Subvolume } from '../../model/inventory.ts';
import { ok } from '../../model/result.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { Verification } from '../../model/runs/verification.ts';
import type { VerifyPair, VerifyResult } from '../../model/runs/verify.ts';
import { judge } from '../../plan/catalog/proof.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Fleet, takeInventory } from '../ground/fleet.ts';
import { rememberAs } from '../ground/prove.ts';
import type { Side } from './side.ts';

interface About {
  readonly request: RequestOf<'verify'>;
  readonly pair: VerifyPair;
  readonly context: DriverContext;
}

/** `level`: how far all of it is the same. */
export async function remember(
  about: About,
  replica: Side,
  level: ProofLevel | null,
  result: VerifyResult,
): Promise<void> {
  const { context, request, pair } = about;
  for (const one of verifications(about, level, result)) context.fleet.journal.rememberVerification(one);
  const where = { host: replica.host, filesystem: pair.filesystem, context };
  const isProven = result.status === 'same' && request.level === 'content' && request.share === null;
  if (result.barred) await mark(replica, where);
  else if (isProven && replica.entry.doubt) await setDoubt(null, replica.entry, where);
  else return;
  judgeLastLook(context.fleet, replica.host.server.name);
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

interface Where {
  readonly host: Side['host'];
  readonly filesystem: string;
  readonly context: DriverContext;
}

/** What was received on top of it has what is wrong in it as well, also what came while it was compared. */
async function mark({ entry, listing }: Side, where: Where): Promise<void> {
  const wrong = new Set([entry.uuid]);
  const there = (await listedNow(where)) ?? listing;
  // What was made of another one was made later.
  const inOrder = there.toSorted((a, b) => (a.createdGeneration ?? 0) - (b.createdGeneration ?? 0));
  for (const one of inOrder) {
    const isMadeOfIt = one.readOnly && one.parentUuid !== null && wrong.has(one.parentUuid);
    if (one.uuid !== entry.uuid && !isMadeOfIt) continue;
    wrong.add(one.uuid);
    await setDoubt('different', one, where);
  }
}

/** Null: the server does not say. */
async function listedNow({ host, filesystem, context: { fleet } }: Where) {
  const looked = await takeInventory(fleet, host);
  const disk = looked.ok ? looked.value.filesystems.find(({ uuid }) => uuid === filesystem) : undefined;
  return disk?.listing.ok ? disk.listing.value : null;
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
    return listing.ok
      ? { ...one, listing: ok(judge(listing.value, journal.proofs(server, uuid)).entries) }
      : one;
  });
  journal.saveInventory({ ...last.inventory, filesystems }, `${last.answer} open`);
}

/** Without a signal: what was found out must not be lost by a cancel. */
async function setDoubt(
  doubt: 'different' | null,
  { absolutePath: path, uuid, generation }: Subvolume,
  { host, filesystem, context: { fleet } }: Where,
): Promise<void> {
  // First what holds whatever the server says next: with no moment of its last change it stays in doubt for good.
  if (doubt !== null && uuid !== null)
    fleet.journal.rememberProofs(host.server.name, filesystem, [
      { uuid, generation, changed: 0, doubt, tried: 0 },
    ]);
  if (path !== null) await rememberAs(doubt, fleet, host, { filesystem, path }, new AbortController().signal);
}
