/** Plans an import without touching anything: what the seed says it is, and whether and where it can go. */
import type { Host } from '../../hosts/port/host.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { BY_HAND, type ReplicationRequest, USUAL_TRANSFER } from '../../model/runs/replication.ts';
import type { SeedImportRequest, SeedManifest, SeedSource, ShownImport } from '../../model/runs/seed.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { findMount } from '../../plan/catalog/target.ts';
import { checkSpace } from '../../plan/replication/space.ts';
import { wrongFiles } from '../../plan/seed/check.ts';
import {
  alreadyThere,
  badManifest,
  badParts,
  baseMissing,
  identityNeeded,
  incompleteSeed,
  noManifest,
  severalIntos,
} from '../../plan/seed/faults.ts';
import { digestOfParts } from '../../state/seed/manifest.ts';
import { type Fleet, lookAt, serverNamed } from '../ground/fleet.ts';
import { openSeedPlace } from '../ground/seed-place.ts';
import { previewReplication } from '../replication/preview.ts';
import { lookAtPlace } from './ask-place.ts';

export interface PlannedImport {
  /** Where the files lie. */
  readonly host: Host;
  readonly manifest: SeedManifest;
  readonly seed: SeedSource;
  /** The replication that it is. */
  readonly replication: ReplicationRequest;
  readonly shown: ShownImport;
}

/** What somebody asks for; `subvolume` null: the one that the seed says it is of. */
export type ImportWish = Omit<SeedImportRequest, 'subvolume' | 'verb'> & {
  readonly subvolume: string | null;
};

/** Faults: the seed is not whole, is of another subvolume, is there already, or its base is not. */
export async function planImportNow(
  fleet: Fleet,
  wish: ImportWish,
  signal: AbortSignal,
): Promise<Result<PlannedImport>> {
  const { place, identity, target } = wish;
  const host = await openSeedPlace(fleet, place, signal);
  if (!host.ok) return host;
  const manifest = await readSeed(host.value, wish, signal);
  if (!manifest.ok) return manifest;
  const { snapshot, base, mark, parts, compress, encrypt, payloadBytes } = manifest.value;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const seed: SeedSource = {
    ...{ bytes, digest: digestOfParts(parts) },
    ...{ ...place, compress, encrypt, identity, parts: parts.length, snapshot, base, mark, payloadBytes },
    from: `${manifest.value.subvolume} of a server called ${manifest.value.server}`,
  };
  const subvolume = wish.subvolume ?? manifest.value.subvolume;
  const wanted =
    base === null
      ? ({ mode: 'full', snapshot: snapshot.name } as const)
      : ({ mode: 'incremental', snapshot: snapshot.name, base: base.name } as const);
  const into = await intoOf(fleet, { subvolume, target }, signal);
  if (!into.ok) return into;
  const at = { ...BY_HAND, into: into.value };
  const replication = { subvolume, targets: [target], wanted, options: USUAL_TRANSFER, ...at, seed };
  const replica = await previewOf(fleet, replication, manifest.value, signal);
  if (!replica.ok) return replica;
  const shown = {
    ...{ subvolume, place, compress, encrypt, snapshot: snapshot.name, base: base?.name ?? null },
    ...{ parts: parts.length, bytes, into: into.value, replica: replica.value },
  };
  return ok({ host: host.value, manifest: manifest.value, seed, replication, shown });
}

/**
 * Where the tasks that send this subvolume there keep its replicas: elsewhere the next round would not build on it. Faults:
 * those of a look; refused, when they disagree.
 */
async function intoOf(
  fleet: Fleet,
  { subvolume, target }: Pick<SeedImportRequest, 'subvolume' | 'target'>,
  signal: AbortSignal,
): Promise<Result<string | null>> {
  const config = fleet.config.read();
  if (!config.ok) return config;
  const server = serverNamed(fleet, target.server);
  if (!server.ok) return server;
  const seen = await lookAt(fleet, target.server, signal);
  if (!seen.ok) return seen;
  const filesystemOf = (mount: string | null) =>
    findMount(server.value, seen.value.inventory, mount ?? server.value.defaultMount);
  const there = filesystemOf(target.mount);
  if (!there.ok) return there;
  const isThere = (one: Target): boolean => {
    const at = one.server === target.server ? filesystemOf(one.mount) : null;
    return at?.ok === true && at.value.filesystem.uuid === there.value.filesystem.uuid;
  };
  const tasks = config.value.config.tasks.filter(
    ({ subvolumes, targets }) => subvolumes.includes(subvolume) && targets.some(isThere),
  );
  const intos = [...new Set(tasks.map(({ into }) => into))];
  if (intos.length < 2) return ok(intos[0] ?? null);
  const names = tasks.map(({ name }) => name);
  return failed(severalIntos(subvolume, formatTarget(target), names));
}

/** The files are all there, by name and size; what is in them is not read yet. */
async function readSeed(
  host: Host,
  { place, identity }: ImportWish,
  signal: AbortSignal,
): Promise<Result<SeedManifest>> {
  const nothing = { compress: null, encrypt: null, recipient: null, identity: null } as const;
  const look = await lookAtPlace(host, place, nothing, { signal });
  if (!look.ok) return look;
  const { known, isMissing } = look.value;
  if (isMissing || known === null) return failed(noManifest(place));
  if (typeof known === 'string') return failed(badManifest(place, known === 'newer'));
  if (!known.complete) return failed(incompleteSeed(place));
  const wrong = wrongFiles(known, look.value);
  if (wrong.length > 0) return failed(badParts(place, wrong));
  if (known.encrypt !== null && identity === null) return failed(identityNeeded(place));
  const { compress, encrypt } = known;
  const tools = await lookAtPlace(host, place, { compress, encrypt, recipient: null, identity }, { signal });
  return tools.ok ? ok(known) : tools;
}

async function previewOf(
  fleet: Fleet,
  replication: ReplicationRequest,
  manifest: SeedManifest,
  signal: AbortSignal,
): Promise<Result<TargetResult>> {
  const preview = await previewReplication(fleet, replication, signal);
  if (!preview.ok) return preview;
  const [result] = preview.value.results;
  if (!result) throw new Error('nothing was planned for the target');
  if (result.fault) return failed(baseMissing(result.fault, manifest));
  const { server, mount } = result;
  if (result.status === 'already-there') return failed(alreadyThere(server, manifest));
  // To read all parts takes hours, so what cannot fit is told before.
  const seen = await lookAt(fleet, server, signal);
  if (!seen.ok) return seen;
  const there = seen.value.inventory.filesystems.find(({ mounts }) =>
    mounts.some(({ path }) => path === mount),
  );
  const full =
    there && mount !== null ? checkSpace(manifest.payloadBytes, there.space, { server, mount }) : null;
  return full ? failed(full) : ok(result);
}
