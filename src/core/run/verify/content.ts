/** Compares what is in files: both sides hash them where they are, some at a time, and only digests travel. */
import { readingSudoersLines } from '../../btrfs/ask/commands.ts';
import { readable } from '../../btrfs/diff/changes.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { DIGEST_RIGHTS, digestCommand, digestInput, parseDigests } from '../../btrfs/verify/digest-script.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Clock } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { batchesOf, type ChosenFile } from '../../plan/verify/choose-files.ts';
import type { RawDifference } from '../../plan/verify/compare-facts.ts';
import { isDamage } from '../../plan/verify/damage.ts';
import { deviceErrors } from './device-errors.ts';
import type { Side } from './side.ts';

export interface ContentCompared {
  readonly files: number;
  readonly bytes: number;
  readonly differences: readonly RawDifference[];
  /** Why it did not come to its end; null: it did. */
  readonly fault: Fault | null;
}

export interface ContentQuestion {
  readonly source: Side;
  readonly replica: Side;
  readonly files: readonly ChosenFile[];
  /** When the time is over, milliseconds since 1970 UTC. */
  readonly until: number;
  readonly clock: Clock;
}

/** Digests and names of one batch. */
const BOUND = { bytes: 16 * MIB, lines: true };

/** Seconds for what one command hashes, and bytes a second of a slow disk: a file may be as large as that. */
const PATIENCE = 600;
const SLOWEST = 1_000_000;

export async function compareContent(
  { source, replica, files, until, clock }: ContentQuestion,
  signal: AbortSignal,
): Promise<ContentCompared> {
  let [done, bytes] = [0, 0];
  const differences: RawDifference[] = [];
  const end = (why: Fault | null): ContentCompared => ({ files: done, bytes, differences, fault: why });
  const damage = await watchDamage(replica, signal);
  for (const batch of batchesOf(files)) {
    const left = (until - clock.now()) / 1000;
    if (left <= 0) return end(overBudget(files.length - done));
    const size = batch.reduce((sum, one) => sum + one.size, 0);
    const seconds = Math.min(left, PATIENCE + size / SLOWEST);
    const [ours, theirs] = await Promise.all([
      digestsOf(source, batch, seconds, signal),
      digestsOf(replica, batch, seconds, signal),
    ]);
    for (const side of [ours, theirs]) {
      if (side.ok) continue;
      const isOver = side.fault.code === 'stalled' && until <= clock.now() + 1000;
      return end(isOver ? overBudget(files.length - done) : side.fault);
    }
    if (!ours.ok || !theirs.ok) continue;
    const lost = batch.filter((_, index) => theirs.value[index] === null);
    if (lost[0] && !(await damage())) return end(diskFails(replica, lost[0].path, lost.length));
    for (const [index, { path, size: length }] of batch.entries()) {
      const [here, there] = [ours.value[index], theirs.value[index]];
      if (!here) return end(unreadable(source));
      if (here !== there) differences.push({ path, what: [there ? 'content' : 'unreadable'] });
      done += 1;
      bytes += length;
    }
  }
  return end(null);
}

/** Tells, each time it is asked, whether what was unreadable since it was asked last is damaged. */
async function watchDamage(
  { host, entry, path }: Side,
  signal: AbortSignal,
): Promise<() => Promise<boolean>> {
  const mount = entry.mount ?? path;
  let before = await deviceErrors(host, mount, signal);
  return async () => {
    const after = await deviceErrors(host, mount, signal);
    const isIt = before !== null && after !== null && isDamage(before, after);
    before = after;
    return isIt;
  };
}

/** Null in the place of one whose content the disk does not give. */
async function digestsOf(
  { host, path }: Side,
  batch: readonly ChosenFile[],
  seconds: number,
  signal: AbortSignal,
): Promise<Result<readonly (string | null)[]>> {
  const paths = batch.map((file) => file.path);
  const input = digestInput(path, paths);
  const limit = { of: 'whole', seconds } as const;
  const stream = await host.stream(digestCommand(host.facts.sudo), { limit, signal });
  if (!stream.ok) return stream;
  const said: string[] = [];
  const about = { server: host.server.name, label: 'sha256sum', bound: BOUND };
  const ending = readOutput(stream.value, about, (chunk) => void said.push(chunk.toString('latin1')));
  stream.value.stdin.end(input);
  const ended = await ending;
  if (!ended.ok) return ended;
  const { code } = ended.value;
  const stderr = stream.value.stderr();
  const digests = parseDigests(path, paths, said.join(''));
  // btrfs gives no data whose checksum is wrong. Anything else, as a command that was ended, says nothing of what is there.
  const lost = digests?.filter((one) => one === null).length ?? 0;
  const damaged = stderr.match(/Input\/output error/g)?.length ?? 0;
  if (digests && (lost === 0 ? code === 0 : damaged >= lost)) return ok(digests);
  const { server, facts } = host;
  const more = facts.sudo.length === 0 ? [] : readingSudoersLines(server.user, DIGEST_RIGHTS);
  const sudoers = [...facts.sudoers, ...more];
  return failed(classify({ command: 'measure', code, stderr, server: server.name, subject: path, sudoers }));
}

/** `left`: how many files; null: not even their metadata were compared. */
export const overBudget = (left: number | null): Fault =>
  fault(
    'stalled',
    `The time was over before ${left === null ? 'all metadata were' : `${left} of the files were`} compared${left === null ? '' : ' by content'}.`,
    'Give a longer --budget, or compare a share each time with --share.',
    { retry: true },
  );

const diskFails = ({ host, path }: Side, file: string, count: number): Fault =>
  fault(
    'listing-failed',
    `${count === 1 ? 'A file' : `${count} files`} of ${path} on ${host.server.name} cannot be read, such as ${readable(file).text}: the disk gives input/output errors, and btrfs counted no wrong checksum that would prove them damaged.`,
    `Is the disk still plugged in? "dmesg" and "btrfs device stats" on ${host.server.name} tell more. Then compare again.`,
    { server: host.server.name, retry: true },
  );

const unreadable = ({ host, path }: Side): Fault =>
  fault(
    'verify-failed',
    `A file of ${path} on ${host.server.name}, the source, cannot be read: its disk gives an input/output error.`,
    'Look at that disk: "btrfs scrub" names what is damaged. The replicas may be the only good copy.',
    { server: host.server.name },
  );
