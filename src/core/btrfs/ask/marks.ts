/**
 * Decides how btrfleet notes on a target what it is receiving and whose a replica directory is: as the names of empty
 * directories below `<home>/.snapshots/.btrfleet`, which `mkdir -p` and `rmdir` make and remove. The home of a mount is
 * the mount itself, or `.btrfleet` in it (plan/homes).
 */
import {
  APART,
  inHome,
  isSnapshotName,
  joinPath,
  MARKS,
  pathBelow,
  SNAPSHOTS,
} from '../../model/snapshot.ts';

export interface Marks {
  /** Absolute paths of replicas that are being received. */
  readonly receiving: readonly string[];
  /** Absolute replica directory → marks, as `ownerMark` gives them. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
}

/** What is sent: a subvolume by the uuid of its filesystem and its path below the top level. */
export interface Source {
  readonly filesystemUuid: string;
  readonly path: string;
}

/** `<mount>/.snapshots/<below>/<name>` is marked by `<mount>/.snapshots/.btrfleet/receiving/<below>/<name>`. */
export const receivingMark = (mount: string, replicaPath: string): string =>
  marked(mount, 'receiving', replicaPath);

/** `<mount>/.snapshots/<below>` is marked in `<mount>/.snapshots/.btrfleet/owner/<below>`. */
export const ownerMarksDirectory = (mount: string, replicaDirectory: string): string =>
  marked(mount, 'owner', replicaDirectory);

/** A mark there: `@` and the mark, URI-encoded, so there is neither a blank nor a slash in it. */
export const ownerMarkName = (mark: string): string => `@${encodeURIComponent(mark)}`;

/** Most bytes of a mark that is noted as it is, URI-encoded; a digested one is always longer, and fits a file name. */
const MOST_BYTES = 200;
const KEPT_BYTES = 180;

/** `<uuid>:<path>`; of a long one the beginning, `~` and the digest of all of it. `digest`: at least 40 hexadecimal digits. */
export function ownerMark({ filesystemUuid, path }: Source, digest: (text: string) => string): string {
  const mark = `${filesystemUuid}:${path}`.toWellFormed();
  if (encodeURIComponent(mark).length <= MOST_BYTES && !isAmbiguousMark(mark)) return mark;
  let kept = '';
  let size = 0;
  for (const character of mark) {
    size += encodeURIComponent(character).length;
    if (size > KEPT_BYTES) break;
    kept += character;
  }
  return `${kept}~${digest(mark)}`;
}

/** Long marks once ended with their encoded length, which several may share: such a one proves nothing. */
export const isAmbiguousMark = (mark: string): boolean => {
  const { length } = encodeURIComponent(mark);
  return length >= 160 && length <= MOST_BYTES && /~\d{3,}$/.test(mark);
};

/** @param lines absolute paths of the directories below `<mount>/.snapshots/.btrfleet`. Others are left out. */
export function parseMarks(mount: string, lines: readonly string[]): Marks {
  const receiving: string[] = [];
  const owners = new Map<string, string[]>();
  const homes = [joinPath(mount, APART), mount].map((home) => ({
    replicas: joinPath(home, SNAPSHOTS),
    receiving: joinPath(home, `${MARKS}/receiving`),
    owner: joinPath(home, `${MARKS}/owner`),
  }));
  for (const line of lines) {
    const home = homes.find(({ replicas }) => pathBelow(replicas, line) !== null);
    if (home === undefined) continue;
    const name = line.slice(line.lastIndexOf('/') + 1);
    const mark = pathBelow(home.receiving, line);
    if (mark && isSnapshotName(name)) receiving.push(joinPath(home.replicas, mark));
    const owner = pathBelow(home.owner, line);
    const source = decodedMark(name);
    if (owner && source !== null) {
      const directory = joinPath(home.replicas, owner.slice(0, -name.length).replace(/\/$/, ''));
      const there = owners.get(directory);
      if (there === undefined) owners.set(directory, [source]);
      else there.push(source);
    }
  }
  return { receiving, owners: Object.fromEntries(owners) };
}

/** Null for the directories in between: a subvolume may be called `@home`, but no `@<uuid>:…`. */
function decodedMark(name: string): string | null {
  if (!/^@[0-9a-f-]{36}%3A/.test(name)) return null;
  try {
    return decodeURIComponent(name.slice(1));
  } catch {
    return null;
  }
}

function marked(mount: string, what: 'receiving' | 'owner', path: string): string {
  const found = inHome(mount, path);
  if (found === null) throw new Error(`${path} does not lie in ${joinPath(mount, SNAPSHOTS)}`);
  return joinPath(joinPath(found.home, `${MARKS}/${what}`), found.below);
}
