/**
 * Reads what Monitoring shows, for as long as somebody looks at it: health and storage as they are known, a closer look
 * and sizes when they are asked for. What was seen by another process is taken as well as what was seen here.
 */
import { type Fault, fault } from '../core/model/fault.ts';
import { type Health, overallRank } from '../core/model/status/health.ts';
import { fleetHealth, healthOf } from '../core/run/status/health.ts';
import { knownStorage, lookAtStorages } from '../core/run/storage/storage.ts';
import { subvolumeStorage } from '../core/run/storage/subvolume.ts';
import { type App, tell } from './app.ts';
import { mayReadJournal, readJournal } from './history.ts';
import type { FilesystemState, MonitoringState } from './page-state.ts';
import type { AppState } from './state.ts';

/** Milliseconds between two readings, at least; ages of the verdict go on by the minute. */
const READ = 3000;
const MINUTE = 60_000;
/** Seconds for walking over files, when somebody watches. */
const BUDGET = 300;

interface Reading {
  readonly source: string;
  readonly at: number;
  busy: boolean;
}

const readings = new WeakMap<App, Reading>();

/** After every change of what is shown. */
export function showMonitoring(app: App): void {
  if (app.store.getState().page !== 'monitoring' || !mayReadJournal(app)) return;
  const { fleet } = app.deps;
  const { looks, now } = app.store.getState();
  const statuses = Object.entries(looks).map(([name, look]) => `${name} ${look.status}`);
  const stamp = readJournal(app, () => fleet.journal.changeStamp());
  if (stamp === null) return;
  const source = [stamp, fleet.config.version(), Math.floor(now / MINUTE), ...statuses].join('\n');
  const last = readings.get(app);
  const clock = fleet.clock.now();
  if (last?.busy || last?.source === source || (last && Math.abs(clock - last.at) < READ)) return;
  const reading = { source, at: clock, busy: true };
  readings.set(app, reading);
  void readAll(app)
    // Also when the screen was closed meanwhile, and the journal with it.
    .catch((error: unknown) => patch(app, { healthFault: broken(error) }))
    .finally(() => {
      reading.busy = false;
    });
}

const broken = (error: unknown): Fault =>
  fault(
    'command-failed',
    `What is known of the fleet could not be read: ${error instanceof Error ? error.message : String(error)}`,
    'R tries again. If it stays, please report it.',
  );

const patch = (app: App, what: Partial<MonitoringState>): void =>
  app.store.setState(({ monitoring }) => ({ monitoring: { ...monitoring, ...what } }));

async function readAll(app: App): Promise<void> {
  const { fleet } = app.deps;
  const { looks, servers } = app.store.getState();
  const names = servers.map(({ name }) => name);
  const filesystems = readJournal(app, () => knownStorage(fleet, names));
  if (filesystems !== null) patch(app, { filesystems });
  const signal = new AbortController().signal;
  const health = await fleetHealth(fleet, { fresh: false, signal, faults: faultsOf(looks) });
  if (health.ok) patch(app, { health: health.value.subvolumes.toSorted(worstFirst), healthFault: null });
  else patch(app, { healthFault: health.fault });
}

const worstFirst = (a: Health, b: Health): number => overallRank(a.overall) - overallRank(b.overall);

const faultsOf = (looks: AppState['looks']): ReadonlyMap<string, Fault> =>
  new Map(
    Object.entries(looks).flatMap(([name, { fault }]) => (fault === null ? [] : [[name, fault] as const])),
  );

/** One snapshot of a subvolume everywhere, as it was last seen. */
export async function snapshotHealth(app: App, subvolume: string, snapshot: string) {
  const { looks } = app.store.getState();
  const signal = new AbortController().signal;
  return healthOf(app.deps.fleet, { subvolume, snapshot }, { fresh: false, signal, faults: faultsOf(looks) });
}

/** Looks at the storage of these servers now, all at once. */
export async function lookAtStorageNow(app: App, names: readonly string[]): Promise<void> {
  const wanted = names.filter((name) => !app.store.getState().monitoring.looking.has(name));
  await Promise.all(wanted.map((name) => lookAtOne(app, name)));
}

async function lookAtOne(app: App, name: string): Promise<void> {
  const { monitoring } = app.store.getState();
  patch(app, { looking: new Set([...monitoring.looking, name]) });
  const [looked] = await lookAtStorages(app.deps.fleet, [name], new AbortController().signal);
  const { looking, lookFaults, filesystems } = app.store.getState().monitoring;
  const { [name]: _, ...others } = lookFaults;
  patch(app, {
    looking: new Set([...looking].filter((one) => one !== name)),
    lookFaults: looked?.fault ? { ...others, [name]: looked.fault } : others,
    ...(looked ? { filesystems: replaced(filesystems ?? [], name, looked.filesystems) } : {}),
  });
}

/** Those of one server, where they stood: nothing is reordered under the cursor. */
function replaced(
  all: readonly FilesystemState[],
  name: string,
  news: readonly FilesystemState[],
): readonly FilesystemState[] {
  const at = all.findIndex(({ server }) => server === name);
  const others = all.filter(({ server }) => server !== name);
  return at < 0 ? [...others, ...news] : others.toSpliced(at, 0, ...news);
}

export const measureKey = (server: string, subvolume: string): string => `${server} ${subvolume}`;

/** Measures a subvolume and its snapshots on one server; it may walk over every file there. */
export async function measureSubvolume(
  app: App,
  server: string,
  subvolume: string,
  isPrimary: boolean,
): Promise<void> {
  const key = measureKey(server, subvolume);
  const set = (measuring: MonitoringState['measured'][string]): void =>
    patch(app, { measured: { ...app.store.getState().monitoring.measured, [key]: measuring } });
  if (app.store.getState().monitoring.measured[key]?.state === 'measuring') return;
  set({ state: 'measuring', done: 0, total: null });
  const measured = await subvolumeStorage(app.deps.fleet, subvolume, isPrimary ? null : server, {
    signal: new AbortController().signal,
    budgetSeconds: BUDGET,
    onProgress: (done, total) => set({ state: 'measuring', done, total }),
  });
  if (!measured.ok) {
    set({ state: 'failed', fault: measured.fault });
    tell(app, 'bad', measured.fault.message);
    return;
  }
  set({ state: 'known', value: measured.value, at: app.deps.fleet.clock.now() });
  const { fault: why, quotaFault } = measured.value;
  if (why) tell(app, 'warn', why.message);
  else if (quotaFault) tell(app, 'info', quotaFault.message);
}

export const chooseMonitored = (
  app: App,
  what: Pick<Partial<MonitoringState>, 'subvolume' | 'beside'>,
): void => patch(app, what);
