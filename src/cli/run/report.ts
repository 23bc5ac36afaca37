/** Decides how people read what a run came to, of whatever kind it is. */
import type { Fault } from '../../core/model/fault.ts';
import type { CleanupReport } from '../../core/model/runs/cleanup.ts';
import { type HookResult, whoseHook } from '../../core/model/runs/made.ts';
import type { ReplicationReport } from '../../core/model/runs/replication.ts';
import type { RunReport } from '../../core/model/runs/run.ts';
import type { TaskReport } from '../../core/model/runs/task.ts';
import { indented } from '../../process/output.ts';
import { extractLines } from '../../text/extract.ts';
import { formatName } from '../../text/format.ts';
import { restoreLines } from '../../text/restore.ts';
import { seedLines } from '../../text/seed.ts';
import { verifyLines } from '../../text/verify.ts';
import { formatReport } from '../replicate/actions.ts';
import { formatSnapshots, madeLines, snapshotFailures, taskLines } from '../snapshot/report.ts';

/** All of it, below the head of the run; null: it has not ended. */
export function reportLines(report: RunReport | null): string[] {
  switch (report?.kind) {
    case undefined:
      return [];
    case 'fault':
      return [`  ${faultText(report.fault, '  ')}`];
    case 'replication':
      return [formatReport(report)];
    case 'task':
      return [roundText(report)];
    case 'snapshot':
      return [
        ...formatSnapshots(report, report.snapshots.length > 1)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `  ${line}`),
        ...snapshotFailures(report).map((why) => `  FAILED ${faultText(why, '    ')}`),
        ...report.hooks.flatMap((hook) => hookLines(hook, report.hooks)),
      ];
    case 'cleanup':
      return [
        ...report.deleted.map(({ name }) => `  deleted ${formatName(name)}`),
        ...report.failed.map(({ name, fault: why }) => `  FAILED ${formatName(name)}: ${why.message}`),
        ...report.kept.map(({ name, reasons }) => `  kept ${formatName(name)}: ${reasons.join(', ')}`),
      ];
    case 'seed':
      return seedLines(report).map((line) => `  ${line}`);
    case 'restore':
      return [
        ...restoreLines(report),
        ...(report.fault ? [`FAILED ${faultText(report.fault, '  ')}`] : []),
      ].map((line) => `  ${line}`);
    case 'verify':
      return verifyLines(report).map((line) => `  ${line}`);
    case 'extract':
      return [
        ...extractLines(report),
        ...(report.fault ? [`FAILED ${faultText(report.fault, '  ')}`] : []),
      ].map((line) => `  ${line}`);
    case 'delete':
      return report.results.map(
        (one) => `  ${one.status} ${formatName(one.path)}${one.fault ? `: ${one.fault.message}` : ''}`,
      );
  }
}

/** What commands before and after a snapshot wrote is often all there is to find out why they failed. */
function hookLines(hook: HookResult, all: readonly HookResult[]): string[] {
  const { when, output } = hook;
  const whose = formatName(whoseHook(hook, all));
  return output === ''
    ? []
    : [`  what the command${whose} ${when} wrote: ${indented(output.trimEnd(), '    ')}`];
}

/** Its hint and all further lines begin with `by`. */
const faultText = ({ message, hint }: Fault, by: string): string =>
  indented(hint === '' ? message : `${message}\n${hint}`, by);

/** The round of a task: each target with why it failed, then what was made, sent and deleted. */
export function roundText(report: TaskReport): string {
  const { snapshot, replications, cleanups, initializing } = report;
  return [
    ...taskLines(report),
    ...(initializing ? ['  A target got its first replica, in full.'] : []),
    ...(snapshot === null ? [] : madeLines(snapshot, snapshot.snapshots.length > 1)),
    ...(snapshot === null ? [] : snapshotFailures(snapshot).map((why) => `FAILED ${faultText(why, '  ')}`)),
    ...replications.flatMap(sentText),
    ...cleanups.map(cleanupText),
  ].join('\n');
}

/** Why a target failed is told already. */
function sentText({ subvolume, results }: ReplicationReport): string[] {
  const done = results.filter(({ fault }) => fault === null);
  return done.length === 0 ? [] : [formatReport({ subvolume, results: done })];
}

const cleanupText = ({ subvolume, server, deleted, kept, failed }: CleanupReport): string =>
  [
    `Clean-up of ${formatName(subvolume)} on ${server}: ${deleted.length} deleted, ${kept.length} kept`,
    ...failed.map(({ name, fault }) => `  FAILED ${formatName(name)}: ${faultText(fault, '    ')}`),
  ].join('\n');
