/**
 * Decides what doctor says of one server from what was seen of it. It changes nothing there; what could not be
 * checked is said so, never "ok".
 */

import { type LockingSaid, lockingCommand, parseLocking } from '../../btrfs/ask/locking-script.ts';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ServerCheck } from '../../model/server-check.ts';
import { snapshotDirectory } from '../../model/snapshot.ts';
import { homeOf } from '../../plan/catalog/homes.ts';
import { isLiveReceived, liveReceived, WHY } from '../../plan/catalog/identity-words.ts';
import { liesInSnapshots } from '../../plan/catalog/in-use.ts';
import type { Fleet } from '../ground/fleet.ts';
import { brokenListings, problemsOf } from '../looks/check-servers.ts';
import { lookAtStorages } from '../storage/storage.ts';
import { checkMeasuringRights, MEASURING_RIGHTS } from './rights.ts';
import { storageChecks } from './storage.ts';
import { bad, type DoctorCheck, good, unchecked, warned } from './verdict.ts';

/** In the order in which one needs the other; after the first that failed the rest could not be checked. */
const STAGES = ['reachable', 'host key', 'login', 'privilege', 'btrfs-progs', 'filesystems'] as const;
type Stage = (typeof STAGES)[number];

/** What takes a look at the filesystems. */
const LOOKS = ['findmnt', 'inventory', 'identity', 'locking', MEASURING_RIGHTS, 'storage'] as const;

export async function examineServer(
  fleet: Fleet,
  check: ServerCheck,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const { inventory, server } = check;
  const stages = stageChecks(check);
  if (inventory === null) {
    const why = stages.find(({ status }) => status === 'failed')?.name ?? '';
    return [...stages, ...LOOKS.map((what) => unchecked(`${server.name}: ${what}`, why))];
  }
  const [locking, rights, storages] = await Promise.all([
    askLocking(fleet, inventory, signal),
    checkMeasuringRights(fleet, server, signal),
    lookAtStorages(fleet, [server.name], signal),
  ]);
  return [
    ...stages,
    checkFindmnt(inventory),
    ...checkProblems(inventory),
    ...checkIdentity(inventory),
    checkLocking(inventory, locking),
    rights,
    ...storages.flatMap(storageChecks),
  ];
}

function stageChecks(check: ServerCheck): DoctorCheck[] {
  const { fault: why, server } = check;
  const failedAt = why ? STAGES.indexOf(stageOf(why, check)) : STAGES.length;
  return STAGES.map((what, index) => {
    const name = `${server.name}: ${what}`;
    if (index > failedAt) return unchecked(name, `${server.name}: ${STAGES[failedAt]}`);
    if (index === failedAt && why) return bad(name, hungOr(why, check));
    return what === 'filesystems' ? checkMounted(name, check) : good(name, passed(what, check));
  });
}

/** The only thing that takes too long once the login went well is a command. */
const hungOr = (why: Fault, { server, facts }: ServerCheck): Pick<Fault, 'message' | 'hint'> =>
  why.code === 'stalled'
    ? {
        message: `${server.user} was let in, and then ${facts === null ? 'the first command' : 'the look at the filesystems'} hung. ${why.message}`,
        hint: why.hint,
      }
    : why;

function stageOf({ code }: Fault, { facts }: ServerCheck): Stage {
  switch (code) {
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'host-key-unverified':
      return 'host key';
    case 'auth-failed':
    case 'login-shell':
    case 'secret-missing':
    case 'key-unreadable':
    case 'vault-locked':
    case 'vault-tampered':
      return 'login';
    case 'sudo-missing':
      return 'privilege';
    case 'tool-missing':
      return 'btrfs-progs';
    case 'stalled':
      return facts === null ? 'privilege' : 'filesystems';
    case 'unreachable':
    case 'cancelled':
      return 'reachable';
    default:
      return facts === null ? 'reachable' : 'filesystems';
  }
}

function passed(what: Exclude<Stage, 'filesystems'>, { server, facts }: ServerCheck): string {
  switch (what) {
    case 'reachable':
      return facts ? `in ${(facts.latencySeconds * 1000).toFixed(0)} ms` : 'yes';
    case 'host key':
      return server.auth.kind === 'local' ? 'not needed: this machine' : 'trusted';
    case 'login':
      return `${server.user} by ${server.auth.kind}`;
    case 'privilege':
      return facts?.privilege ?? 'known';
    case 'btrfs-progs':
      return `${facts?.btrfsProgs ?? '?'}, kernel ${facts?.kernel ?? '?'}, send protocol ${facts?.sendStreamVersion ?? '?'}`;
  }
}

function checkMounted(name: string, { server, inventory }: ServerCheck): DoctorCheck {
  const mounts = inventory?.filesystems.map(({ mount }) => mount) ?? [];
  if (mounts.length > 0) return good(name, mounts.join(', '));
  return warned(name, {
    message: `No btrfs filesystem is mounted on ${server.name}.`,
    hint: `See "findmnt -t btrfs" and "blkid -t TYPE=btrfs" on ${server.name}: is the disk mounted that should be there?`,
  });
}

/** A look that succeeded misses no other tool, so the one it tells of is findmnt. */
function checkFindmnt(inventory: Inventory): DoctorCheck {
  const name = `${inventory.server}: findmnt`;
  const missing = inventory.problems.find(({ code }) => code === 'tool-missing');
  if (missing) return warned(name, missing);
  const unsized = inventory.filesystems.filter(({ space }) => space.freeBytes === null);
  if (unsized.length === 0) return good(name, 'tells sizes and free space');
  return warned(name, {
    message: `Free space is not known of ${unsized.map(({ mount }) => mount).join(', ')}.`,
    hint: `Run "findmnt -t btrfs -b -J -o TARGET,SIZE,AVAIL" on ${inventory.server} and see what it says.`,
  });
}

/** What a look could not read or understand: marks, names, mounts, and listings beyond the first that failed. */
function checkProblems(inventory: Inventory): DoctorCheck[] {
  const name = `${inventory.server}: inventory`;
  const [, ...broken] = brokenListings(inventory);
  const problems = problemsOf(inventory).filter((one) => one.code !== 'tool-missing');
  if (broken.length + problems.length > 0) {
    return [...broken.map((why) => bad(name, why)), ...problems.map((why) => warned(name, why))];
  }
  return inventory.filesystems.length === 0
    ? [unchecked(name, `${inventory.server}: filesystems`)]
    : [good(name, 'marks, mounts and names could all be read')];
}

/** Snapshots whose ids do not prove their content: each subvolume in use, and the snapshots by their number. */
function checkIdentity({ server, filesystems }: Inventory): DoctorCheck[] {
  const name = `${server}: identity`;
  const entries = filesystems.flatMap(({ listing }) => (listing.ok ? listing.value : []));
  const live = entries.filter((entry) => isLiveReceived(entry) && !liesInSnapshots(entry));
  const doubtful = entries.filter(({ doubt }) => doubt !== undefined && doubt !== 'live');
  const [first] = doubtful;
  const told = live.map((entry) => bad(name, liveReceived(server, entry.absolutePath ?? entry.path)));
  if (first) {
    const path = first.absolutePath ?? first.path;
    const count = doubtful.length === 1 ? 'A snapshot is' : `${doubtful.length} snapshots are`;
    told.push(
      warned(name, {
        message: `${count} not proven to be what was made or received, ${path} for example, because ${WHY[first.doubt ?? 'unchecked']}.`,
        hint: 'They are never a base and never count as a replica. What could not be found out yet is looked at again each time.',
      }),
    );
  }
  return told.length > 0 ? told : [good(name, 'every id proves its content')];
}

/** Where replicas are, or would be put. */
const lockedDirectories = ({ filesystems }: Inventory): string[] => [
  ...new Set(
    filesystems.flatMap((filesystem) => [
      snapshotDirectory(homeOf(filesystem, filesystem.mount), ''),
      ...Object.keys(filesystem.owners),
    ]),
  ),
];

async function askLocking(
  fleet: Fleet,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Result<LockingSaid>> {
  const { server } = inventory;
  const host = await fleet.hosts.connect(server, { signal });
  if (!host.ok) return host;
  const nonce = fleet.nonce();
  const directories = lockedDirectories(inventory);
  const said = await host.value.run(lockingCommand(nonce, directories), { signal });
  if (!said.ok) return said;
  const parsed = parseLocking(nonce, directories.length, said.value.stdout);
  return parsed ? ok(parsed) : failed(unclear(server, said.value.stderr));
}

function checkLocking(inventory: Inventory, said: Result<LockingSaid>): DoctorCheck {
  const { server } = inventory;
  const name = `${server}: locking`;
  if (!said.ok) {
    const { message, hint } = said.fault;
    return { name, status: 'could-not-check', message, hint };
  }
  if (!said.value.hasFlock) {
    return warned(name, {
      message: `There is no flock of util-linux on ${server}, so another manager at work there is not kept out.`,
      hint: 'Install util-linux there: "apt install util-linux", "dnf install util-linux" or "apk add flock".',
    });
  }
  const directories = lockedDirectories(inventory);
  const closed = directories.filter((_, index) => said.value.directories[index] === 'closed');
  if (closed.length === 0) return good(name, 'replica directories can be locked');
  return warned(name, {
    message: `The login may not open ${closed.join(', ')}, so another manager at work there is not kept out.`,
    hint: `Let it, on ${server}: chmod o+rx ${closed.map(quoteWord).join(' ')}`,
  });
}

const unclear = (server: string, stderr: string): Fault =>
  fault(
    'command-failed',
    `${server} did not say whether directories can be locked${stderr.trim() === '' ? '.' : `: ${stderr.trim().slice(-200)}`}`,
    'Look again; if it stays, check that the login shell there runs "sh -c".',
    { server },
  );
