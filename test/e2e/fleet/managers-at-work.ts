/** Managers for tests of automation: each a state directory of its own, its configuration as data, its scheduler and log. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import type { LadderRules } from '../../../src/core/model/retention.ts';
import type { Run, RunKind } from '../../../src/core/model/runs/run.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import type { Journal } from '../../../src/core/state/journal/journal.ts';
import { wireFleet } from '../../../src/process/wiring.ts';
import { eventually, type Running, type TestFleet } from './fleet.ts';
import { namesIn, poolDirectory } from './rounds.ts';
import { stateOf } from './transfers.ts';

/** One line of the log of a scheduler. */
export interface LogRecord {
  readonly time: string;
  readonly level: 'error' | 'warning' | 'notice' | 'info';
  readonly event: string;
  readonly message: string;
  readonly item?: string;
  readonly outcome?: string;
  readonly faults?: readonly Fault[];
}

export interface Scheduler {
  readonly running: Running;
  /** What it wrote so far. */
  log(): LogRecord[];
  /** SIGTERM; fails unless it ends in good order. */
  stop(): Promise<void>;
}

/** A round of a task that has ended, and what it came to. */
export interface Round {
  readonly run: Run;
  /** `b ok`, `c failed`. */
  readonly targets: readonly string[];
}

const every = (seconds: number) => ({ kind: 'every', seconds }) as const;

/** Keeps the newest n, whatever they are. */
export const newest = (last: number): LadderRules => ({
  kind: 'ladder',
  timeZone: 'UTC',
  minAgeSeconds: 0,
  last,
  ...{ hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
});

/** A policy as the configuration has it, followed once in `seconds`. */
export const policyOf = (subvolume: string, seconds: number, more: object = {}) => ({
  subvolume,
  schedule: every(seconds),
  ...more,
});

/** A task as the configuration has it, once in `seconds`. */
export const taskOf = (
  name: string,
  subvolumes: readonly string[],
  servers: readonly string[],
  seconds: number,
  more: object = {},
) => ({
  name,
  subvolumes,
  targets: servers.map((server) => ({ server, mount: null })),
  schedule: every(seconds),
  ...more,
});

export class Manager {
  readonly home: string;
  readonly journal: Journal;
  readonly #fleet: TestFleet;
  readonly #servers: readonly unknown[];

  /** Knows these servers of the fleet, and trusts them. */
  constructor(fleet: TestFleet, name: string, servers: readonly string[], config: object = {}) {
    this.#fleet = fleet;
    this.home = join(fleet.home, name);
    mkdirSync(this.home, { mode: 0o700 });
    const known = join(stateOf(fleet), 'config.json');
    cpSync(join(stateOf(fleet), 'known_hosts'), join(this.home, 'known_hosts'));
    const all = (JSON.parse(readFileSync(known, 'utf8')) as { servers: { name: string }[] }).servers;
    this.#servers = all.filter((server) => servers.includes(server.name));
    this.configure(config);
    const wired = wireFleet(this.home);
    assert.ok(wired.ok);
    this.journal = wired.value.fleet.journal;
    after(() => wired.value.close());
  }

  configure(config: object): void {
    this.write(JSON.stringify({ version: 1, servers: this.#servers, ...config }));
  }

  /** In one step, as editors do it. */
  write(text: string): void {
    const file = join(this.home, 'config.json');
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  read(): string {
    return readFileSync(join(this.home, 'config.json'), 'utf8');
  }

  start(): Scheduler {
    const running = this.#fleet.start(['--schedule', '--home', this.home, '--log-format', 'json']);
    after(() => running.child.kill('SIGKILL'));
    const log = (): LogRecord[] =>
      running
        .stderr()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LogRecord);
    const stop = async (): Promise<void> => {
      running.child.kill('SIGTERM');
      assert.equal((await running.ended).code, 0, running.stderr());
    };
    return { running, log, stop };
  }

  /** Runs of a kind that have ended, the oldest first. */
  ended(kind: RunKind): Run[] {
    return this.journal.listRuns({ kind, state: 'finished', limit: 1000 }).toReversed();
  }

  /** Rounds of a task that have ended, the oldest first. */
  rounds(task: string): Round[] {
    return this.ended('task').flatMap((run): Round[] => {
      if (run.request.kind !== 'task' || run.request.task !== task) return [];
      const { report } = run;
      const targets = report?.kind === 'task' ? report.targets : [];
      return [{ run, targets: targets.map(({ target, status }) => `${target} ${status}`) }];
    });
  }

  /** What was made or received whole, in the order of the runs. */
  sent(): TargetResult[] {
    return this.ended('replication').flatMap(({ report }) =>
      report?.kind === 'replication' ? report.results.filter(({ status }) => status === 'ok') : [],
    );
  }

  /** Names that clean-ups deleted on a server. */
  deleted(server: string): string[] {
    return this.ended('cleanup').flatMap(({ report }) =>
      report?.kind === 'cleanup' && report.server === server ? report.deleted.map(({ name }) => name) : [],
    );
  }
}

/**
 * Entries of a log that say that something is wrong; not those that say that another one was at work there, so that it
 * is done the next time: at intervals of seconds rounds and clean-ups meet.
 */
export const troubles = (log: readonly LogRecord[]): LogRecord[] =>
  log.filter(
    ({ level, faults = [] }) =>
      (level === 'error' || level === 'warning') &&
      (faults.length === 0 || faults.some(({ code }) => code !== 'locked')),
  );

/** Waits until the scheduler has written an entry of which this holds. */
export const tells = (
  { running, log }: Scheduler,
  holds: (record: LogRecord) => boolean,
  seconds = 30,
): Promise<LogRecord> =>
  eventually(() => log().find(holds) ?? assert.fail(`not told: ${holds}\n${running.stderr()}`), seconds);

/** Seconds; the tests of a file share the machine. */
const LONG = 120;

/** What is on the servers of a fleet. */
export function looksAt(fleet: TestFleet) {
  return {
    soon: <T>(check: () => Promise<T> | T): Promise<T> => eventually(check, LONG, 1000),
    on: (server: string, subvolume: string): Promise<string[]> =>
      namesIn(fleet, server, poolDirectory(subvolume)),
    /** Nothing that was made is on a target twice, whoever sent it: by what it was received from. */
    assertOnce: async (server: string, subvolume: string): Promise<void> => {
      const list = await fleet.lab.must(server, ['btrfs', 'subvolume', 'list', '-R', '/srv/pool']);
      const below = poolDirectory(subvolume).slice('/srv/pool/'.length);
      const own = list.split('\n').filter((line) => line.includes(` path ${below}/`));
      const received = own.map((line) => /received_uuid (\S+)/.exec(line)?.[1]);
      assert.ok(received.length > 0 && !received.includes('-'), list);
      assert.equal(new Set(received).size, received.length, list);
    },
  };
}
