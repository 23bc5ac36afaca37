/** What `btrfleet snapshot extract` does: plan, show all of it, ask, and carry out what was shown. */
import { command } from '../../core/model/command-line.ts';
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { OVERWRITES, type Overwrite } from '../../core/model/runs/extract.ts';
import { type PlannedExtract, planExtractNow } from '../../core/run/extract/plan-now.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { extractLines, extractPlanLines } from '../../text/extract.ts';
import { formatName } from '../../text/format.ts';
import { type BytesOption, givenName } from '../files/file-row.ts';
import type { ActionContext } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';

export interface ExtractOptions extends BytesOption {
  readonly from?: string;
  readonly to?: string;
  readonly here?: boolean;
  readonly overwrite?: string;
  readonly delete?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export async function snapshotExtract(
  context: ActionContext,
  subvolume: string,
  snapshot: string,
  texts: readonly string[],
  options: ExtractOptions,
): Promise<ExitCode> {
  const { fleet, signal, out } = context;
  const overwrite = overwriteOf(options);
  if (!overwrite.ok) return out.fault(overwrite.fault);
  const paths: string[] = [];
  for (const text of texts) {
    const path = givenName(text, options);
    if (!path.ok) return out.fault(path.fault);
    paths.push(path.value);
  }
  const { from = null, to = null, here = false, include = [], exclude = [] } = options;
  const wish = {
    ...{ subvolume, snapshot, from, paths, to, isHere: here },
    ...{ overwrite: overwrite.value, removes: options.delete === true, include, exclude },
  };
  const planned = await planExtractNow(fleet, wish, signal);
  return planned.ok ? carryOutExtract(context, planned.value, options) : out.fault(planned.fault);
}

function overwriteOf({ overwrite = 'always' }: ExtractOptions): Result<Overwrite> {
  const known = OVERWRITES.find((one) => one === overwrite);
  if (known) return ok(known);
  return failed(
    fault(
      'usage',
      `--overwrite is ${OVERWRITES.join(', ')}, not ${JSON.stringify(overwrite)}.`,
      'if-changed: where kind, size, time, rights or owner differ; if-newer: where the one of the snapshot was written later.',
    ),
  );
}

/** Also one that takes another one back. */
export async function carryOutExtract(
  context: ActionContext,
  { shown, request }: Pick<PlannedExtract, 'shown' | 'request'>,
  { yes = false, dryRun = false }: Pick<ExtractOptions, 'yes' | 'dryRun'>,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const text = extractPlanLines(shown, fleet.clock.now()).join('\n');
  if (dryRun) {
    out.result(shown, `${text}\nNothing was done: --dry-run.`);
    return 0;
  }
  const refused = await confirm(text, yes, signal);
  if (refused) return out.fault(refused);
  return runNow(context, { kind: 'extract', ...request }, (report, id) => {
    const undo = report.before === null ? null : id;
    const lines = [
      ...extractLines(report),
      ...(undo === null ? [] : [`to take it back: ${formatName(command('restore', 'undo', String(undo)))}`]),
    ];
    out.result({ ...report, undo }, lines.join('\n'));
    if (report.fault) out.note(formatFault(report.fault));
    return exitCodeOf(report);
  });
}
