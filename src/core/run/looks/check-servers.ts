/** Looks whether servers can be worked with: reached, trusted, let in, with the rights and tools btrfleet needs. */

import type { Fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';
import type { ServerCheck, ServerStatus } from '../../model/server-check.ts';
import { type Fleet, noteLookFailure, takeInventory } from '../ground/fleet.ts';
import { eachInSlots, LOOK_SLOTS } from '../ground/slots.ts';

/** All at once, as far as that is of use: one that hangs delays nobody. In the order given. */
export const checkServers = (
  fleet: Fleet,
  servers: readonly Server[],
  signal?: AbortSignal,
): Promise<ServerCheck[]> =>
  eachInSlots(servers, (server) => checkAndNote(fleet, server, signal), LOOK_SLOTS);

async function checkAndNote(fleet: Fleet, server: Server, signal?: AbortSignal): Promise<ServerCheck> {
  const check = await checkServer(fleet, server, signal);
  if (check.inventory === null && check.fault !== null) noteLookFailure(fleet, server.name, check.fault);
  return check;
}

async function checkServer(fleet: Fleet, server: Server, signal?: AbortSignal): Promise<ServerCheck> {
  const host = await fleet.hosts.connect(server.name, signal ? { signal } : {});
  if (!host.ok)
    return { server, status: statusOf(host.fault), facts: null, inventory: null, fault: host.fault };
  const { facts } = host.value;
  if (facts.fault) return { server, status: 'online', facts, inventory: null, fault: facts.fault };
  const inventory = await takeInventory(fleet, host.value, signal);
  if (!inventory.ok) return { server, status: 'online', facts, inventory: null, fault: inventory.fault };
  const fault = brokenListings(inventory.value)[0] ?? null;
  return { server, status: 'online', facts, inventory: inventory.value, fault };
}

function statusOf({ code }: Fault): ServerStatus {
  switch (code) {
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'host-key-unverified':
      return 'untrusted';
    case 'auth-failed':
    case 'secret-missing':
    case 'key-unreadable':
    case 'vault-locked':
    case 'vault-tampered':
      return 'unauthorized';
    case 'unreachable':
    case 'jump-failed':
    case 'stalled':
    case 'cancelled':
      return 'offline';
    default:
      // It was reached and let us in; what is wrong, the fault says.
      return 'online';
  }
}

/** Why subvolumes of filesystems could not be listed; empty when all could. */
export const brokenListings = ({ filesystems }: Inventory): Fault[] =>
  filesystems.flatMap(({ listing }) => (listing.ok ? [] : [listing.fault]));

/** What a look at a server could not read or understand, of the server and of its filesystems. */
export const problemsOf = ({ problems, filesystems }: Inventory): Fault[] => [
  ...problems,
  ...filesystems.flatMap((filesystem) => filesystem.problems),
];
