/** What every driver is handed: the fleet's configuration, the door to its servers, the journal, the clock. */

import { inventoryCommand } from '../../btrfs/ask/inventory-script.ts';
import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { parseInventory, unsizedOutput } from '../../btrfs/read/inventory.ts';
import type { HostPool } from '../../hosts/pool.ts';
import { MIB } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { HostKeys } from '../../hosts/ssh/host-keys.ts';
import { type Clock, isoTime } from '../../model/clock.ts';
import { type Fault, type FaultCode, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { RememberedPlace } from '../../model/place.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import { placesToRemember } from '../../plan/catalog/remembered-places.ts';
import { bornOn } from '../../plan/retention/known-bases.ts';
import type { ConfigStore } from '../../state/config/store.ts';
import { digestOf } from '../../state/home/digest.ts';
import type { Holder, IsAlive } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { Vault } from '../../state/vault/vault.ts';
import { BRIEF, type Patience, prove } from './prove.ts';
import { nextTurn } from './turns.ts';
import { unlessJournalFails } from './unless-journal-fails.ts';

export interface Fleet {
  readonly config: ConfigStore;
  readonly hosts: HostPool;
  readonly hostKeys: HostKeys;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly clock: Clock;
  /** This process, as locks and running rows name it. */
  readonly holder: Holder;
  readonly isAlive: IsAlive;
  /** A word nobody can guess, new each time. */
  readonly nonce: () => string;
  /** Another one for every build of the program: it may understand a server's answer otherwise. */
  readonly build: string;
  /** How `lookAt` looks, where a round hands on to its parts what it has seen. Default: it looks. */
  readonly look?: Look;
}

export type Look = (server: string, signal?: AbortSignal) => Promise<Result<Seen>>;

export function serverNamed(fleet: Fleet, name: string): Result<Server> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const server = read.value.config.servers.find((one) => one.name === name);
  if (server) return ok(server);
  return failed(
    fault(
      'no-such-server',
      `There is no server named ${name}.`,
      '"btrfleet server list" shows the servers.',
      {
        server: name,
      },
    ),
  );
}

export function primaryServer(fleet: Fleet): Result<Server> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const primary = read.value.config.servers.find((one) => one.role === 'primary');
  if (primary) return ok(primary);
  return failed(
    fault(
      'no-primary',
      'No server is the primary yet.',
      'Add it with "btrfleet server add NAME --host … --primary", or "btrfleet server promote NAME".',
    ),
  );
}

/** Connects, and makes sure that btrfleet can work there. */
export async function openHost(fleet: Fleet, name: string, signal?: AbortSignal): Promise<Result<Host>> {
  const host = await fleet.hosts.connect(name, signal ? { signal } : {});
  if (!host.ok) return host;
  return host.value.facts.fault ? failed(host.value.facts.fault) : host;
}

/** Room for the lists of 100,000 subvolumes. */
const LISTS = { mostBytes: 64 * MIB };

/**
 * One look at a server, in one command, and closer ones at what that leaves open; what is seen is kept in the journal as
 * the last known state.
 */
export async function takeInventory(
  fleet: Fleet,
  host: Host,
  signal?: AbortSignal,
  patience: Patience = BRIEF,
): Promise<Result<Inventory>> {
  const nonce = fleet.nonce();
  const { sudo, sudoers } = host.facts;
  // Before it is looked: what is done there from now on may not be seen.
  const takenAt = isoTime(fleet.clock.now());
  const server = host.server.name;
  // A disk that is none of ours need not spin up at every look.
  const leftAlone = (fleet.journal.lastAnswer(server)?.inventory.automounts ?? []).flatMap(
    ({ path, holds }) => (holds === 'other' ? [path] : []),
  );
  const command = inventoryCommand({ sudo, leftAlone });
  const said = await host.run(command, { ...LISTS, input: nonceInput(nonce), ...(signal && { signal }) });
  if (!said.ok) return said;
  const output = said.value.stdout;
  await nextTurn();
  // Most servers say the same again, apart from sizes, and reading a thousand lines takes its time.
  const remembered = fleet.journal.rememberedPlaces(server);
  const named = namedPaths(fleet);
  const answer = digestOf(
    fleet.build,
    // What is marked as different is told at once, though the server says the same as before.
    fleet.journal.differentStamp(),
    JSON.stringify([...remembered, ...named, ...leftAlone]),
    ...unsizedOutput(nonce, output),
  );
  const before = fleet.journal.lastAnswer(server);
  const isSame = before?.answer === answer;
  const known = isSame ? { known: before.inventory } : {};
  const places = (filesystem: string) => ({ remembered: remembered.get(filesystem) ?? [], named });
  const read = parseInventory({ server, takenAt, nonce, output, places, leftAlone, sudoers, ...known });
  if (!read.ok) return read;
  if (!isSame) rememberPlaces(fleet, read.value, remembered);
  await nextTurn();
  const proven =
    isSame && patience === BRIEF
      ? { inventory: read.value, isSettled: true }
      : await prove(fleet, host, read.value, patience, signal);
  await nextTurn();
  // What is not settled is judged again, whatever the server says then.
  const inventory = remember(fleet, proven.inventory, proven.isSettled ? answer : `${answer} open`);
  // What was sent since is not in the look before: gone again, the server says the same as then.
  const isNews = !isSame || fleet.journal.hasReplicasSince(server, before.inventory.takenAt);
  if (isNews) forgetGone(fleet, inventory);
  return ok(inventory);
}

/** What policies, tasks and holds call a subvolume is what it is called. */
function namedPaths({ config }: Fleet): ReadonlySet<string> {
  const read = config.read();
  if (!read.ok) return new Set();
  const { snapshotPolicies, retentionPolicies, verifyPolicies, tasks, holds } = read.value.config;
  return new Set([
    ...[...snapshotPolicies, ...retentionPolicies, ...verifyPolicies, ...holds].map(
      ({ subvolume }) => subvolume,
    ),
    ...tasks.flatMap(({ subvolumes }) => subvolumes),
  ]);
}

function rememberPlaces(
  { journal }: Fleet,
  { server, filesystems }: Inventory,
  remembered: ReadonlyMap<string, readonly RememberedPlace[]>,
): void {
  for (const filesystem of filesystems) {
    const { changed, gone } = placesToRemember(filesystem, remembered.get(filesystem.uuid) ?? []);
    if (changed.length + gone.length > 0)
      unlessJournalFails(() => journal.rememberPlaces(server, filesystem.uuid, changed, gone));
  }
}

/** The last known state, and a point of the trend of each filesystem that told its size. */
function remember({ journal }: Fleet, seen: Inventory, answer: string): Inventory {
  const inventory = journal.saveInventory(seen, answer);
  const { server, takenAt } = inventory;
  for (const { uuid, space } of inventory.filesystems) {
    const { sizeBytes, usedBytes, freeBytes } = space;
    if (sizeBytes === null || usedBytes === null || freeBytes === null) continue;
    journal.addStorageSample({ server, filesystem: uuid, takenAt, sizeBytes, usedBytes, freeBytes });
  }
  return inventory;
}

/** What a filesystem was seen without is remembered no longer: of a disk that is away, only what it really has counts. */
function forgetGone({ journal }: Fleet, { server, takenAt, filesystems }: Inventory): void {
  for (const filesystem of filesystems) {
    const there = bornOn(filesystem);
    if (there !== null) journal.forgetGone(server, filesystem.uuid, takenAt, there);
  }
}

/** A server as it was looked at. */
export interface Seen {
  readonly host: Host;
  readonly inventory: Inventory;
  /**
   * The journal's count before the look: what was deleted since may not be seen. It tells that only to a run that was at
   * work by then, or is a part of one that was.
   */
  readonly moves: number;
  /** It was seen before it was asked for, by another part of the round. */
  readonly isHanded?: boolean;
}

/** Connects and looks: what nearly every operation begins with. */
export async function lookAt(
  fleet: Fleet,
  name: string,
  signal?: AbortSignal,
  patience: Patience = BRIEF,
): Promise<Result<Seen>> {
  if (fleet.look) return fleet.look(name, signal);
  const moves = fleet.journal.moves();
  const host = await openHost(fleet, name, signal);
  const inventory = host.ok ? await takeInventory(fleet, host.value, signal, patience) : host;
  if (!inventory.ok) noteLookFailure(fleet, name, inventory.fault);
  if (!host.ok) return host;
  return inventory.ok ? ok({ host: host.value, inventory: inventory.value, moves }) : inventory;
}

/** They say something of whoever asked, not of the server. */
const OF_ASKER: ReadonlySet<FaultCode> = new Set([
  'cancelled',
  'config-invalid',
  'no-such-server',
  'vault-locked',
]);

/** What was seen before says nothing of now, for whoever reads it next. */
export function noteLookFailure({ journal }: Pick<Fleet, 'journal'>, server: string, why: Fault): void {
  if (!OF_ASKER.has(why.code)) unlessJournalFails(() => journal.noteLookFailure(server, why));
}
