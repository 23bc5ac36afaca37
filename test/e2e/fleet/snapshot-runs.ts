/** Snapshot runs as the scheduler begins them, each in a process of its own, and what came of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '../../../src/core/model/runs/run.ts';
import type { SnapshotReport, SnapshotRequest } from '../../../src/core/model/runs/snapshot.ts';
import type { RunOutcome } from '../../../src/core/model/runs/spec.ts';
import { scriptArgv } from '../../script-argv.ts';

const SCRIPT = join(import.meta.dirname, 'fixtures/snapshot-run.ts');

export interface Came {
  readonly report: RunReport;
  readonly outcome: RunOutcome;
  readonly notes: readonly string[];
}

export interface SnapshotRun {
  readonly child: ChildProcess;
  /** Null: it was killed. */
  readonly came: Promise<Came | null>;
}

export interface RunAt {
  /** The state directory. */
  readonly home: string;
  /** The manager's clock, standing still; milliseconds. */
  readonly now?: number;
  /** Words in front of the program: to run it inside a server. */
  readonly inside?: (argv: readonly string[]) => string[];
}

export function startSnapshots(
  request: Partial<SnapshotRequest> & Pick<SnapshotRequest, 'subvolumes'>,
  { home, now, inside = (argv) => [...argv] }: RunAt,
): SnapshotRun {
  const whole = { kind: 'snapshot', group: false, hooks: [], dueAt: null, sync: false, ...request };
  const words = [process.execPath, '--no-warnings', ...scriptArgv(SCRIPT), home, JSON.stringify(whole)];
  const [program = '', ...args] = inside(now === undefined ? words : [...words, String(now)]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const came = new Promise<Came | null>((resolve) => {
    child.once('close', () => resolve(said === '' ? null : (JSON.parse(said) as Came)));
  });
  return { child, came };
}

export async function runSnapshots(...how: Parameters<typeof startSnapshots>): Promise<Came> {
  const came = await startSnapshots(...how).came;
  assert.ok(came, 'it ended without a word');
  return came;
}

/** The report of snapshots; fails with what it is instead. */
export function snapshotsOf({ report }: Came): SnapshotReport {
  assert.ok(report.kind === 'snapshot', JSON.stringify(report));
  return report;
}

/** A state directory of another manager: the same servers, nothing of the journal. */
export function otherManager(directory: string, from: string): string {
  mkdirSync(directory, { mode: 0o700 });
  for (const file of ['config.json', 'known_hosts']) cpSync(join(from, file), join(directory, file));
  return directory;
}
