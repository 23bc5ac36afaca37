/** Compares one file of two snapshots, or of one and now: its lines, or what there is of it. */
import { readingSudoersLines } from '../../btrfs/ask/commands.ts';
import { nonceInput } from '../../btrfs/ask/part-script.ts';
import {
  FILE_PAIR_RIGHTS,
  filePairCommand,
  parseFilePair,
  type SaidFile,
  TEXT_BYTES,
} from '../../btrfs/diff/file-pair.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { sudoRefusal } from '../../btrfs/messages/sudo-says.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { ComparedFile, DiffWish, FileDiff } from '../../model/change.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { joinPath } from '../../model/snapshot.ts';
import type { Fleet } from '../ground/fleet.ts';
import { chooseSides, isLive, LIVE } from './choose.ts';

/** Seconds: a file is read to its end for its hash. */
const PATIENCE = 1800;

/** Faults: usage (no path, or there is no such file on either side), sudo-missing, unsafe-path, and those of the sides. */
export async function diffFile(fleet: Fleet, wish: DiffWish, signal: AbortSignal): Promise<Result<FileDiff>> {
  const sides = await chooseSides(fleet, wish, signal);
  if (!sides.ok) return sides;
  const { host, old, below: path } = sides.value;
  const recent = sides.value.new;
  if (path === '') return failed(noPath());
  const names = [old.name, isLive(recent) ? LIVE : recent.name] as const;
  const paths = [joinPath(old.path, path), joinPath(recent.path, path)] as const;
  const nonce = fleet.nonce();
  const labels = [`${names[0]}/${path}`, `${names[1]}/${path}`] as const;
  const command = filePairCommand({ sudo: host.facts.sudo, paths, labels });
  const said = await host.run(command, { input: nonceInput(nonce), timeoutSeconds: PATIENCE, signal });
  if (!said.ok) return said;
  const told = parseFilePair(nonce, said.value.stdout);
  if (!told) return failed(unread(host, path, said.value.stderr));
  const { files, text, errors } = told;
  if (sudoRefusal(errors) !== null || files.includes('unread')) return failed(unread(host, path, errors));
  if (files.includes('elsewhere')) return failed(isElsewhere(host.server.name, path));
  const [oldFile, newFile] = files.map(thereOf) as [ComparedFile | null, ComparedFile | null];
  if (!oldFile && !newFile) return failed(noFile(wish.subvolume, path));
  const isCut = text !== null && Buffer.byteLength(text) > TEXT_BYTES;
  return ok({
    ...{ subvolume: wish.subvolume, server: host.server.name, old: names[0], new: names[1], path },
    ...{ oldFile, newFile, same: sameOf(oldFile, newFile) },
    text: isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text,
    truncated: isCut,
  });
}

const thereOf = (said: SaidFile): ComparedFile | null => (typeof said === 'string' ? null : said);

const sameOf = (a: ComparedFile | null, b: ComparedFile | null): boolean | null =>
  !a || !b || a.sha256 === null || b.sha256 === null ? null : a.sha256 === b.sha256;

function unread({ server, facts }: Host, path: string, stderr: string): Fault {
  const more = facts.sudo.length === 0 ? [] : readingSudoersLines(server.user, FILE_PAIR_RIGHTS);
  const sudoers = [...facts.sudoers, ...more];
  return classify({ command: 'measure', code: 1, stderr, server: server.name, subject: path, sudoers });
}

const noPath = (): Fault =>
  fault(
    'usage',
    'The lines of one file are compared, and none was named.',
    'Name it after the two snapshots, below the subvolume: snapshot diff /data OLD NEW etc/fstab --text',
  );

const noFile = (subvolume: string, path: string): Fault =>
  fault(
    'usage',
    `There is no file ${path} in ${subvolume}, neither then nor now.`,
    'Without --text the command shows what is different, and where.',
  );

const isElsewhere = (server: string, path: string): Fault =>
  fault(
    'unsafe-path',
    `${path} on ${server} is a symbolic link, or lies behind one, and what that leads to is not in the snapshot.`,
    'Name the file by its own path.',
    { server },
  );
