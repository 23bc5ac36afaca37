// What btrfs itself lists on a filesystem of the lab. Reads; decides nothing.
import type { World } from './world.ts';

export interface Listed {
  readonly uuid: string;
  readonly parentUuid: string | null;
  /** What it was received from; null: it was made here. */
  readonly receivedUuid: string | null;
  readonly readOnly: boolean;
  /** Absolute. */
  readonly path: string;
}

/** A filesystem of the lab. */
export interface Place {
  readonly server: string;
  readonly mount: string;
}

export const placeName = ({ server, mount }: Place): string => `${server}:${mount}`;

const LINE =
  /^ID \d+ .*\bparent_uuid (?<parent>\S+)\s+received_uuid (?<received>\S+)\s+uuid (?<uuid>\S+)\s+path (?<path>.*)$/;

const SCRIPT = `findmnt -n -t btrfs --mountpoint "$1" >/dev/null
btrfs subvolume list -puqR "$1"
echo ==
btrfs subvolume list -r "$1"`;

/** Throws where it cannot be listed. */
export async function listing(world: World, { server, mount }: Place): Promise<Listed[]> {
  const [all = '', readOnly = ''] = (await world.on(server, SCRIPT, [mount])).split('\n==\n');
  const frozen = new Set(readOnly.split('\n').flatMap((line) => / path (.*)$/.exec(line)?.slice(1) ?? []));
  return all.split('\n').flatMap((line): Listed[] => {
    const found = LINE.exec(line)?.groups;
    if (!found) return [];
    const { parent = '-', received = '-', uuid = '', path = '' } = found;
    return [
      {
        uuid,
        parentUuid: parent === '-' ? null : parent,
        receivedUuid: received === '-' ? null : received,
        readOnly: frozen.has(path),
        path: `${mount}/${path}`,
      },
    ];
  });
}

/** For each path its digest and a line end; of one that is not there, or was deleted while it was read, `-`. */
const FINGERPRINTS = `for path; do
  digest=$(cd -- "$path" 2>/dev/null && {
    find . -mindepth 1 -printf '%P %y %m %U:%G %s %T@ %l\\n' | LC_ALL=C sort
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
  } | sha256sum) || true
  if [ -d "$path" ]; then echo "\${digest%% *}"; else echo -; fi
done`;

/**
 * Content and metadata of trees as digests that are the same for a snapshot and its replica, in the order of `paths`; null:
 * it is not there. Throws where the server cannot be asked.
 */
export async function fingerprints(
  world: World,
  server: string,
  paths: readonly string[],
): Promise<(string | null)[]> {
  const digests = (await world.on(server, FINGERPRINTS, paths)).trim().split('\n');
  return paths.map((_, index) =>
    /^[0-9a-f]{64}$/.test(digests[index] ?? '') ? (digests[index] ?? null) : null,
  );
}
