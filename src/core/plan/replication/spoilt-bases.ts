/**
 * Decides which replicas a receive must not build on though their content is right. `btrfs receive` looks its base up
 * by received uuid in the whole filesystem and takes the first match, wherever that lies and whatever is in it.
 */
import { bornIdOf, type Filesystem, type Subvolume } from '../../model/inventory.ts';
import { baseName, bornIdOfSnapshot, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { insidePath } from '../catalog/catalog.ts';
import { WHY } from '../catalog/identity-words.ts';
import type { SpoiltBase } from './base.ts';

export interface Spoilt {
  readonly spoilt: readonly SpoiltBase[];
  /** Ids on which nothing may build there once they are sent, too, for what bears them already. */
  readonly onceSent: ReadonlySet<string>;
}

/** `bases`: what a receive can see; `source`: what may be sent. */
export function spoiltBases(
  filesystem: Filesystem,
  bases: readonly Snapshot[],
  source: readonly Snapshot[],
): Spoilt {
  const bearers = bearersIn(filesystem, bases);
  const spoilt = [...new Set(bases.map(bornIdOfSnapshot))].flatMap((originId) => {
    const all = bearers(originId);
    // One that is alone is judged by itself.
    return all.length < 2 ? [] : all.flatMap(({ why }) => (why === null ? [] : [{ originId, why }]));
  });
  const ids = source.map(bornIdOfSnapshot);
  return { spoilt, onceSent: new Set(ids.filter((id) => bearers(id).some(({ why }) => why !== null))) };
}

/**
 * Ids that more than one content may have been sent under: something on the primary bears them that is not proven to be
 * what they say, and an older btrfleet or another tool may have sent that.
 */
export function ambiguousIds({ listing }: Filesystem): SpoiltBase[] {
  const entries = listing.ok ? listing.value : [];
  return entries.flatMap((entry) => {
    const { doubt, receivedUuid, absolutePath, path } = entry;
    if (receivedUuid === null || doubt === undefined || doubt === 'unchecked') return [];
    const why = `${absolutePath ?? path} on the primary has the same received uuid, and ${WHY[doubt]}`;
    return [{ originId: receivedUuid, why }];
  });
}

/** What bears an id there, and why a receive must not take it; null: it may. */
function bearersIn(filesystem: Filesystem, bases: readonly Snapshot[]) {
  const { listing, owners } = filesystem;
  const seen = new Set(bases.map(({ uuid }) => uuid));
  const marked = new Set(Object.keys(owners).map((directory) => `/${insidePath(filesystem, directory)}`));
  const byId = Map.groupBy(listing.ok ? listing.value : [], (entry) => bornIdOf(entry) ?? '');
  return (originId: string): { readonly why: string | null }[] => {
    const all = byId.get(originId) ?? [];
    const uuids = new Set(all.map(({ uuid }) => uuid));
    const isAlone = all.length < 2;
    // Anybody can give a subvolume of his own a received uuid: two that were not made of each other are the same only
    // where nobody but root can have put them.
    const isStrange = ({ path, parentUuid }: Subvolume): boolean =>
      !isAlone && !(parentUuid !== null && uuids.has(parentUuid)) && !marked.has(parentDirectory(`/${path}`));
    return all.map((entry) => ({ why: whySpoilt(entry, seen, isStrange(entry)) }));
  };
}

function whySpoilt(entry: Subvolume, seen: ReadonlySet<string>, isStrange: boolean): string | null {
  const path = pathOf(entry);
  const same = 'has the same received uuid there, and "btrfs receive" may take that one';
  if (!entry.readOnly) return `${path}, which is writable, ${same}`;
  if (entry.uuid === null || !seen.has(entry.uuid)) {
    return `${path}, ${entry.absolutePath === null ? 'which no mount reaches' : 'outside of the mount'}, ${same}`;
  }
  if (entry.doubt) return `${path} ${same}, and ${WHY[entry.doubt]}`;
  return isStrange ? `${path}, which btrfleet did not receive, ${same}` : null;
}

/**
 * Replicas that share data with one that was found different: what is wrong on the disk may be in them as well, so the next
 * one is sent in full, beside it. `proven`: uuids of those whose own content was compared, and is the same.
 */
export function sharingBases(
  { listing }: Filesystem,
  bases: readonly Snapshot[],
  proven: ReadonlySet<string>,
): SpoiltBase[] {
  const entries = listing.ok ? listing.value : [];
  const wrong = entries.filter(({ doubt }) => doubt === 'different');
  if (wrong.length === 0) return [];
  const lineOf = linesOf(entries);
  const lines = new Map(wrong.map((one) => [lineOf(one.uuid ?? ''), baseName(one.path)]));
  return bases.flatMap((base) => {
    const name = lines.get(lineOf(base.uuid));
    if (name === undefined || base.doubt || proven.has(base.uuid)) return [];
    const why = `it shares data with ${name} there, which is not what its source is, and was not compared itself`;
    return [{ originId: bornIdOfSnapshot(base), why }];
  });
}

/** What was received on top of each other, also where one in between is gone, is one line: by uuid a word for it. */
function linesOf(entries: readonly Subvolume[]): (uuid: string) => string {
  const next = new Map<string, string>();
  const lineOf = (uuid: string): string => {
    let at = uuid;
    for (let up = next.get(at); up !== undefined; up = next.get(at)) at = up;
    return at;
  };
  for (const { uuid, parentUuid, receivedUuid } of entries) {
    if (uuid === null || parentUuid === null || receivedUuid === null) continue;
    const [one, other] = [lineOf(uuid), lineOf(parentUuid)];
    if (one !== other) next.set(one, other);
  }
  return lineOf;
}

/** `names`: from which a send failed twice in a row. */
export const barredBases = (
  bases: readonly Snapshot[],
  names: ReadonlySet<string> = new Set(),
): SpoiltBase[] =>
  bases
    .filter(({ name }) => names.has(name))
    .map((base) => ({
      originId: bornIdOfSnapshot(base),
      why: 'two sends that started from it failed in a row',
    }));

/**
 * Ids under which a server holds what was sent more than once: of a subvolume that carried a received uuid all snapshots
 * have one id, whatever is in them. Which is which, no look tells. A copy that was made of the other there is the same.
 */
export function twinIds(filesystems: readonly Filesystem[]): SpoiltBase[] {
  const entries = filesystems.flatMap(({ listing }) => (listing.ok ? listing.value : []));
  const byId = Map.groupBy(
    entries.filter(({ receivedUuid }) => receivedUuid !== null),
    ({ receivedUuid }) => receivedUuid ?? '',
  );
  return [...byId].flatMap(([originId, all]) => {
    const uuids = new Set(all.map(({ uuid }) => uuid));
    const [first, other] = all.filter(
      ({ parentUuid }, index) =>
        !(parentUuid !== null && uuids.has(parentUuid)) &&
        all.findIndex(({ path }) => baseName(path) === baseName(all[index]?.path ?? '')) === index,
    );
    if (!first || !other) return [];
    return [{ originId, why: `${pathOf(other)} has the same received uuid as ${pathOf(first)}` }];
  });
}

const pathOf = ({ absolutePath, path }: Subvolume): string => absolutePath ?? path;
