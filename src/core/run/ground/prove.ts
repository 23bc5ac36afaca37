/**
 * Proves the identity of what a look showed: what the listing alone cannot tell is looked at more closely on the server,
 * the newest of each directory first, within a bound of number and time. What is left over stays in doubt.
 */
import { estimateCommand } from '../../btrfs/ask/commands.ts';
import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { type LookedCloser, parseProof, proofCommand } from '../../btrfs/looks/proof.ts';
import { createChangeReader } from '../../btrfs/read/newest-change.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Clock } from '../../model/clock.ts';
import type { Filesystem, Inventory, Subvolume } from '../../model/inventory.ts';
import type { Proof } from '../../model/proof.ts';
import { ok } from '../../model/result.ts';
import { baseName, isSnapshotName } from '../../model/snapshot.ts';
import { differentAmong } from '../../plan/catalog/different.ts';
import { type Judged, judge, mostUseful, type OpenQuestion, weigh } from '../../plan/catalog/proof.ts';
import type { Journal } from '../../state/journal/journal.ts';

/** How much a look may cost. Each closer look takes 30 ms; all metadata of 20,000 files 0.3 s and 5 MB. */
export interface Patience {
  readonly closer: number;
  readonly metadata: number;
  readonly metadataSeconds: number;
}

/** What remembers proofs, and a word nobody can guess, new each time. */
export interface Prover {
  readonly journal: Journal;
  readonly nonce: () => string;
}

/** Of any look, as the screen takes one every 30 s. */
export const BRIEF: Patience = { closer: 24, metadata: 4, metadataSeconds: 3 };

/** Before something is sent: a base that is lost costs a full send. */
export const THOROUGH: Patience = { closer: 200, metadata: 16, metadataSeconds: 180 };

const CLOSER_SECONDS = 30;
/** Asked in one command: what a slow server says of them is not lost with what it does not get to. */
const AT_ONCE = 24;

/** `isSettled`: nothing is left that another look could find out. */
export async function prove(
  { journal, nonce, clock }: Prover & { readonly clock: Clock },
  host: Host,
  inventory: Inventory,
  patience: Patience,
  signal?: AbortSignal,
): Promise<{ readonly inventory: Inventory; readonly isSettled: boolean }> {
  const server = host.server.name;
  const filesystems: Filesystem[] = [];
  let isSettled = true;
  for (const filesystem of inventory.filesystems) {
    const { listing, uuid } = filesystem;
    if (!listing.ok) {
      filesystems.push(filesystem);
      continue;
    }
    const about: About = { host, nonce, now: () => clock.now(), patience, ...(signal && { signal }) };
    const remembered = journal.proofs(server, uuid);
    const there = new Set(listing.value.map((one) => one.uuid));
    journal.forgetProofs(
      ...[server, uuid],
      [...remembered.keys()].filter((one) => !there.has(one)),
    );
    const memory = new Map(remembered);
    const marks = journal.differentOn(server, uuid);
    let judged = judge(listing.value, memory, marks);
    if (judged.open.length > 0) {
      journal.rememberProofs(server, uuid, await lookCloser(listing.value, judged, memory, about));
      judged = judge(listing.value, memory, journal.differentOn(server, uuid));
    }
    tendMarks(journal, { server, filesystem: uuid }, listing.value);
    if (isOpen(judged, memory, patience)) isSettled = false;
    filesystems.push({ ...filesystem, listing: ok(judged.entries) });
  }
  return { inventory: { ...inventory, filesystems }, isSettled };
}

/** What was received on top of one that differs is known to be, also when that is gone. What is gone itself is forgotten. */
function tendMarks(
  journal: Pick<Journal, 'differentOn' | 'tendDifferent'>,
  { server, filesystem }: { readonly server: string; readonly filesystem: string },
  listing: readonly Subvolume[],
): void {
  const marks = journal.differentOn(server, filesystem);
  if (marks.different.size + marks.same.size === 0) return;
  const wrong = differentAmong(listing, marks);
  const there = new Set(listing.flatMap(({ uuid, parentUuid }) => [uuid, parentUuid]));
  const madeOf = listing.flatMap(({ uuid, path, generation, receivedUuid }) => {
    const mark = wrong.get(uuid ?? '');
    const isReplica = receivedUuid !== null && isSnapshotName(baseName(path));
    return uuid !== null && mark && mark.uuid !== uuid && isReplica ? [{ uuid, path, generation, mark }] : [];
  });
  journal.tendDifferent(server, filesystem, {
    there: new Set([...there].filter((one) => one !== null)),
    madeOf,
  });
}

const isOpen = ({ open }: Judged, memory: ReadonlyMap<string, Proof>, patience: Patience): boolean =>
  open.some(({ entry, kind }) => {
    const tried = memory.get(entry.uuid)?.tried ?? 0;
    return entry.absolutePath !== null && (kind === 'header' || tried < patience.metadataSeconds);
  });

interface About {
  readonly host: Host;
  readonly nonce: () => string;
  readonly now: () => number;
  readonly patience: Patience;
  readonly signal?: AbortSignal;
}

/** What was found out; it is in `memory` then. */
async function lookCloser(
  listing: readonly Subvolume[],
  { open }: Judged,
  memory: Map<string, Proof>,
  about: About,
): Promise<Proof[]> {
  const { patience } = about;
  const found = new Map<string, Proof>();
  const learn = (proof: Proof): void => {
    memory.set(proof.uuid, proof);
    found.set(proof.uuid, proof);
  };
  const answers = new Map<string, LookedCloser>();
  const headers = open.filter(({ kind }) => kind === 'header');
  const asked = mostUseful(headers, patience.closer);
  const said: (LookedCloser | null)[] = [];
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    const part = await askCloser(asked.slice(at, at + AT_ONCE), about);
    // A server that does not answer is not asked on: each time would cost all of the limit.
    if (part.length === 0) break;
    said.push(...part);
  }
  // A replica before what was made of it: whether a copy is right is known by its original.
  const inOrder = asked.toSorted(
    (a, b) => (a.entry.createdGeneration ?? 0) - (b.entry.createdGeneration ?? 0),
  );
  for (const question of inOrder) {
    const told = said[asked.indexOf(question)] ?? null;
    if (!told) continue;
    answers.set(told.uuid, told);
    learn(proofBy(question, told, { listing, memory, newestSeconds: null, tried: 0 }));
  }
  const unsure = judge(listing, memory).open.filter(
    ({ entry, kind }) =>
      kind === 'metadata' && (memory.get(entry.uuid)?.tried ?? 0) < patience.metadataSeconds,
  );
  const until = about.now() + patience.metadataSeconds * 1000;
  let isFirst = true;
  for (const question of mostUseful(unsure, patience.metadata)) {
    const left = until - about.now();
    if (left <= 0) break;
    const newestSeconds = await newestChange(question, left, about);
    if (newestSeconds === undefined) break;
    const told = answers.get(question.entry.uuid) ?? (await askCloser([question], about))[0];
    // Cut off behind others it is the first one the next time; read whole, or with all of the time, it tells no more.
    const tried = newestSeconds === null && !isFirst ? Math.floor(left / 1000) : patience.metadataSeconds;
    isFirst = false;
    if (told) learn(proofBy(question, told, { listing, memory, newestSeconds, tried }));
  }
  return [...found.values()];
}

interface Known {
  readonly listing: readonly Subvolume[];
  readonly memory: ReadonlyMap<string, Proof>;
  readonly newestSeconds: number | null;
  readonly tried: number;
}

function proofBy(
  { entry }: OpenQuestion,
  told: LookedCloser,
  { listing, memory, newestSeconds, tried }: Known,
): Proof {
  const { uuid, generation, changed, received } = told;
  const evidence = { changed, received, newestSeconds };
  const judged = judge(listing, memory).entries;
  return {
    uuid,
    generation,
    changed,
    doubt: weigh({ ...entry, generation }, evidence, memory.get(uuid), judged),
    tried,
  };
}

/**
 * Nobody has written to these since they were listed: each is the same subvolume, read-only, and none of its inodes has
 * changed after the `gen` it was listed with. False also where the server does not tell.
 */
export async function areUntouched(
  listed: readonly Subvolume[],
  about: Pick<About, 'host' | 'nonce' | 'signal'>,
): Promise<boolean> {
  const questions = listed.flatMap((entry) =>
    entry.uuid === null || entry.absolutePath === null ? [] : [{ entry: { ...entry, uuid: entry.uuid } }],
  );
  if (questions.length < listed.length) return false;
  const said = await askCloser(questions, about);
  return questions.every(({ entry }, index) => {
    const told = said[index];
    return !!told && entry.generation !== null && told.changed <= entry.generation;
  });
}

/** In their order; null: it was not told, or it is another subvolume by now. Empty: there was no answer. */
export async function askCloser(
  questions: readonly Pick<OpenQuestion, 'entry'>[],
  { host, nonce, signal }: Pick<About, 'host' | 'nonce' | 'signal'>,
  timeoutSeconds = CLOSER_SECONDS,
): Promise<(LookedCloser | null)[]> {
  if (questions.length === 0) return [];
  const word = nonce();
  const paths = questions.flatMap(({ entry }) => entry.absolutePath ?? []);
  const command = proofCommand({ sudo: host.facts.sudo, paths });
  const options = { input: nonceInput(word), timeoutSeconds };
  const said = await host.run(command, { ...options, ...(signal && { signal }) });
  if (!said.ok) return [];
  return parseProof(word, paths.length, said.value.stdout).map((told, index) =>
    told?.uuid === questions[index]?.entry.uuid ? told : null,
  );
}

/** What was received may be on its way to the disk still, and the closer look waits for it. */
const FLUSH_SECONDS = 900;

/** What a replica was when it was received, so that a change later shows. Where it is not told, it is in doubt. */
export async function rememberReceived(
  { journal, nonce }: Prover,
  host: Host,
  { filesystem, path }: { readonly filesystem: string; readonly path: string },
  signal: AbortSignal,
): Promise<void> {
  const word = nonce();
  const command = proofCommand({ sudo: host.facts.sudo, paths: [path] });
  const said = await host.run(command, { input: nonceInput(word), timeoutSeconds: FLUSH_SECONDS, signal });
  const [told] = said.ok ? parseProof(word, 1, said.value.stdout) : [];
  if (!told) return;
  const { uuid, generation, changed } = told;
  journal.rememberProofs(host.server.name, filesystem, [
    { uuid, generation, changed, doubt: null, tried: 0 },
  ]);
}

/** All metadata of some 40 million files. */
const METADATA_BOUND = { bytes: 8192 * MIB, lines: false };

/** Seconds since 1970; null: not in time, or it may not be read; undefined: the connection went, or nobody waits. */
async function newestChange(
  { entry }: OpenQuestion,
  milliseconds: number,
  { host, signal }: About,
): Promise<number | null | undefined> {
  if (entry.absolutePath === null) return null;
  const limit = { of: 'whole', seconds: milliseconds / 1000 } as const;
  const send = estimateCommand({ snapshot: entry.absolutePath, base: null, compress: false });
  const stream = await host.stream(send, { limit, signal });
  if (!stream.ok) return undefined;
  const reader = createChangeReader();
  stream.value.stdin.end();
  const about = { server: host.server.name, label: 'btrfs send', bound: METADATA_BOUND };
  const end = await readOutput(stream.value, about, (chunk) => {
    reader.push(chunk);
    if (reader.isBroken()) stream.value.stop();
  });
  if (reader.isBroken()) return null;
  if (!end.ok && end.fault.code !== 'command-failed' && end.fault.code !== 'stalled') return undefined;
  return end.ok && end.value.code === 0 ? reader.result() : null;
}
