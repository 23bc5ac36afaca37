/** What `btrfleet replicate` does: it runs the replication here, in the foreground, and reports each target. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import {
  BY_HAND,
  type ReplicationReport,
  type ReplicationRequest,
  type TransferOptions,
  type Wanted,
} from '../../core/model/runs/replication.ts';
import { isLeftAlone, type TargetResult } from '../../core/model/runs/target-result.ts';
import { formatTarget, parseTargets } from '../../core/model/target.ts';
import { previewReplication } from '../../core/run/replication/preview.ts';
import { type ExitCode, indented } from '../../process/output.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { pathNamed, rateNamed } from '../choices/transfer.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { runNow } from '../frame/run-now.ts';

export interface ReplicateOptions {
  readonly to: readonly string[];
  readonly base?: string;
  readonly snapshot?: string;
  readonly all?: boolean;
  readonly path: string;
  readonly rate?: string;
  readonly compress?: boolean;
  readonly resumable?: boolean;
  readonly dryRun?: boolean;
}

export async function replicateNow(
  context: ActionContext,
  subvolume: string,
  wanted: Wanted,
  options: ReplicateOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const request = requestFrom(subvolume, wanted, options);
  if (!request.ok) return out.fault(request.fault);
  if (options.dryRun) {
    return tell(out, await previewReplication(fleet, request.value, signal), (report) => {
      out.result(report, `${formatReport(report)}\nNothing was sent: --dry-run.`);
      return report.results.some((one) => one.status === 'failed') ? 1 : 0;
    });
  }
  return runNow(context, { kind: 'replication', ...request.value }, (report) => {
    out.result({ subvolume: report.subvolume, results: report.results }, formatReport(report));
    if (signal.aborted) return 130;
    return report.results.every((one) => one.status === 'ok' || one.status === 'already-there') ? 0 : 1;
  });
}

function requestFrom(
  subvolume: string,
  wanted: Wanted,
  options: ReplicateOptions,
): Result<ReplicationRequest> {
  const targets = parseTargets(options.to);
  if (!targets.ok) return targets;
  if (targets.value.length === 0)
    return failed(usage('--to names no target.', 'For example --to b,c:/mnt/usb.'));
  const transfer = transferOptions(options);
  return transfer.ok
    ? ok({ subvolume, targets: targets.value, wanted, options: transfer.value, ...BY_HAND })
    : transfer;
}

function transferOptions(options: ReplicateOptions): Result<TransferOptions> {
  const path = pathNamed(options.path);
  if (!path.ok) return path;
  const rate = options.rate === undefined ? ok(null) : rateNamed(options.rate);
  if (!rate.ok) return rate;
  return ok({
    path: path.value,
    rateBytesPerSecond: rate.value,
    compress: options.compress === true,
    resumable: options.resumable === true,
  });
}

const usage = (message: string, hint: string): Fault => fault('usage', message, hint);

/** The report as people read it: a line a target, and under a failed one why and what to do. */
export const formatReport = (report: ReplicationReport): string =>
  [`Replication of ${formatName(report.subvolume)}:`, ...report.results.flatMap(formatResult)].join('\n');

const WORDS = {
  ok: 'OK',
  'already-there': 'OK (already replicated)',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  planned: 'WOULD SEND',
  absent: 'NOT THERE NOW',
} as const;

function formatResult(result: TargetResult): string[] {
  const word = isLeftAlone(result) ? 'LEFT AS IT IS' : WORDS[result.status];
  const line = `  ${formatName(formatTarget(result))}  ${word}  ${details(result)}`.trimEnd();
  const { fault: why } = result;
  const note = result.note === undefined ? [] : [indented(`      ${result.note}`, '      ')];
  return [line, ...note, ...(why === null ? [] : [indented(`      ${why.message}\n${why.hint}`, '      ')])];
}

function details(result: TargetResult): string {
  const { snapshot, base, status, sentBytes, estimatedBytes, elapsedSeconds } = result;
  const what = base === null ? (snapshot ?? '') : `${snapshot} on top of ${base}`;
  if (status === 'ok') {
    const rate = elapsedSeconds > 0 ? `, ${formatBytes(Math.round(sentBytes / elapsedSeconds))}/s` : '';
    const mode = base === null ? ' in full' : '';
    return `${what}${mode}, ${formatBytes(sentBytes)} in ${formatSeconds(elapsedSeconds)}${rate}, ${result.proof ?? 'identity'} verified`;
  }
  if (status === 'planned') {
    return `${what}${base === null ? ' in full' : ''}, ${estimatedBytes === null ? 'size not known' : formatBytes(estimatedBytes)}`;
  }
  return what;
}
