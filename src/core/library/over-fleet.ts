/** Makes the surface of the library over a fleet that is put together. It does nothing that a command does otherwise. */
import { ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import { lookAndPlan } from '../run/deletion/plan-cleanup.ts';
import { diff } from '../run/diff/diff.ts';
import { diffFile } from '../run/diff/file.ts';
import { planExtractNow } from '../run/extract/plan-now.ts';
import { browse } from '../run/files/browse.ts';
import { findNames } from '../run/files/find.ts';
import { versionsOf } from '../run/files/versions.ts';
import { type Fleet, serverNamed } from '../run/ground/fleet.ts';
import { checkServers } from '../run/looks/check-servers.ts';
import { listSnapshots } from '../run/looks/list-snapshots.ts';
import { previewReplication } from '../run/replication/preview.ts';
import { type RunHere, runHere } from '../run/run-here.ts';
import { addServer, readHostKey, trustServer } from '../run/settings/servers.ts';
import { fleetHealth } from '../run/status/health.ts';
import { journalFault } from '../state/journal/database.ts';
import type { HostKey, OpenFleet } from './open-fleet.ts';

const never = (): AbortSignal => new AbortController().signal;

/** `about`: where the state is, what is to be told of it, and how all of it is closed. */
export function overFleet(fleet: Fleet, about: Pick<OpenFleet, 'home' | 'notes' | 'close'>): OpenFleet {
  const { journal, isAlive } = fleet;
  return {
    ...about,
    servers: () => configured(fleet),
    addServer: (server, secrets) =>
      addServer(fleet, { port: 22, user: 'root', jump: null, defaultMount: null, ...server }, secrets),
    hostKey: async (name) => {
      const server = serverNamed(fleet, name);
      return server.ok ? keyOf(await readHostKey(fleet, server.value, null)) : server;
    },
    trustHostKey: async (name, fingerprint) => {
      const server = serverNamed(fleet, name);
      return server.ok ? keyOf(await trustServer(fleet, server.value, fingerprint)) : server;
    },
    look: ({ servers, signal } = {}) =>
      journalled(async () => {
        const chosen = servers === undefined ? configured(fleet) : namedAll(fleet, servers);
        return chosen.ok ? ok(await checkServers(fleet, chosen.value, signal)) : chosen;
      }),
    snapshots: (subvolume, { server = null, signal } = {}) =>
      journalled(async () => {
        const listed = await listSnapshots(fleet, subvolume, server, signal);
        return listed.ok ? ok(listed.value.snapshots) : listed;
      }),
    browse: (wish, { signal = never() } = {}) => journalled(() => browse(fleet, wish, signal)),
    versions: (wish, { signal = never() } = {}) => journalled(() => versionsOf(fleet, wish, signal)),
    find: (wish, { signal = never() } = {}) => journalled(() => findNames(fleet, wish, signal)),
    health: ({ fresh = true, signal = never() } = {}) =>
      journalled(() => fleetHealth(fleet, { fresh, signal })),
    planReplication: (request, { signal = never() } = {}) =>
      journalled(() => previewReplication(fleet, request, signal)),
    planCleanup: ({ server = null, ...wanted }, { signal = never() } = {}) =>
      journalled(async () => {
        const planned = await lookAndPlan(fleet, { ...wanted, server }, signal);
        return planned.ok ? ok(planned.value.plan) : planned;
      }),
    diff: (wish, { signal = never() } = {}) => journalled(() => diff(fleet, wish, signal)),
    diffFile: (wish, { signal = never() } = {}) => journalled(() => diffFile(fleet, wish, signal)),
    planExtract: (wish, { signal = never() } = {}) =>
      journalled(async () => {
        const planned = await planExtractNow(fleet, wish, signal);
        if (!planned.ok) return planned;
        const { shown, request } = planned.value;
        return ok({ shown, request: { kind: 'extract', ...request } });
      }),
    run: (request, { signal, onEvent } = {}) =>
      journalled(async () => {
        const onChange = onEvent && ({ onChange: (job, event) => onEvent(event, job) } satisfies RunHere);
        return ok(await runHere(fleet, request, { ...(signal && { signal }), ...onChange }));
      }),
    runs: (filter) =>
      readJournal(() => {
        journal.interruptDeadRuns(isAlive);
        return ok(journal.listRuns(filter));
      }),
    runById: (id) =>
      readJournal(() => {
        journal.interruptDeadRuns(isAlive);
        return journal.getRun(id);
      }),
  };
}

function configured({ config }: Fleet): Result<readonly Server[]> {
  const read = config.read();
  return read.ok ? ok(read.value.config.servers) : read;
}

function namedAll(fleet: Fleet, names: readonly string[]): Result<readonly Server[]> {
  const servers: Server[] = [];
  for (const name of names) {
    const server = serverNamed(fleet, name);
    if (!server.ok) return server;
    servers.push(server.value);
  }
  return ok(servers);
}

const keyOf = (shown: Result<HostKey>): Result<HostKey> =>
  shown.ok ? ok({ type: shown.value.type, fingerprint: shown.value.fingerprint }) : shown;

/** A journal that fails is an answer here, not a throw. */
const journalled = <T>(work: () => Promise<Result<T>>): Promise<Result<T>> => work().catch(journalFault);

function readJournal<T>(read: () => Result<T>): Result<T> {
  try {
    return read();
  } catch (error) {
    return journalFault(error);
  }
}
