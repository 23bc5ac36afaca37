/** What `btrfleet seed` does: it reads what is asked for, shows the plan or carries it out here, and tells what it came to. */
import { resolve } from 'node:path';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { LARGEST_PART, type SeedExportRequest, type SeedPlace } from '../../core/model/runs/seed.ts';
import { parseTarget } from '../../core/model/target.ts';
import { primaryServer } from '../../core/run/ground/fleet.ts';
import { planExportNow } from '../../core/run/seed/plan-export.ts';
import { planImportNow } from '../../core/run/seed/plan-import.ts';
import type { ExitCode } from '../../process/output.ts';
import { parseBytes } from '../../text/format.ts';
import { afterExport, exportPlanLines, importPlanLines, seedLines } from '../../text/seed.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { runNow } from '../frame/run-now.ts';

export interface ExportOptions {
  readonly output: string;
  readonly onServer?: boolean;
  readonly base?: string;
  readonly split: string;
  readonly compress?: string;
  readonly encrypt?: string;
  readonly dryRun?: boolean;
}

export async function seedExport(
  context: ActionContext,
  subvolume: string,
  snapshot: string,
  options: ExportOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const request = exportRequest(context, subvolume, snapshot, options);
  if (!request.ok) return out.fault(request.fault);
  if (options.dryRun) {
    return tell(out, await planExportNow(fleet, request.value, signal), ({ shown }) => {
      out.result(shown, `${exportPlanLines(shown).join('\n')}\nNothing was written: --dry-run.`);
      return 0;
    });
  }
  return runNow(context, { kind: 'seed', ...request.value }, ({ kind: _, ...report }) => {
    out.result(report, [...seedLines(report), ...afterExport(report)].join('\n'));
    return 0;
  });
}

function exportRequest(
  { fleet }: ActionContext,
  subvolume: string,
  snapshot: string,
  options: ExportOptions,
): Result<SeedExportRequest> {
  const { base = null, split, compress = null } = options;
  const splitBytes = parseBytes(split);
  if (splitBytes === null || splitBytes % MIB !== 0)
    return failed(
      usage(`--split ${split} is no whole number of MiB.`, 'For example --split 2G, --split 700M.'),
    );
  if (splitBytes > LARGEST_PART)
    return failed(
      usage(`--split ${split} is more than 8G.`, 'Larger parts take a slow disk too long to read back.'),
    );
  if (compress !== null && compress !== 'zstd')
    return failed(usage(`--compress ${compress} is not known.`, 'There is --compress zstd.'));
  const recipient = recipientIn(options.encrypt);
  if (!recipient.ok) return recipient;
  const primary = options.onServer ? primaryServer(fleet) : null;
  if (primary && !primary.ok) return primary;
  const place = placeNamed(options.output, primary?.value.name ?? null);
  if (!place.ok) return place;
  return ok({
    ...{ verb: 'export', subvolume, snapshot, base, place: place.value },
    ...{ splitBytes, compress, recipient: recipient.value },
  });
}

export interface ImportOptions {
  readonly server: string;
  readonly onServer?: boolean;
  readonly subvolume?: string;
  readonly identity?: string;
  readonly dryRun?: boolean;
}

export async function seedImport(
  context: ActionContext,
  directory: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const target = parseTarget(options.server);
  if (!target.ok) return out.fault(target.fault);
  const place = placeNamed(directory, options.onServer ? target.value.server : null);
  if (!place.ok) return out.fault(place.fault);
  const identity = options.identity === undefined ? ok(null) : fileNamed(options.identity, place.value);
  if (!identity.ok) return out.fault(identity.fault);
  const wish = { place: place.value, target: target.value, identity: identity.value };
  const planned = await planImportNow(fleet, { ...wish, subvolume: options.subvolume ?? null }, signal);
  if (!planned.ok) return out.fault(planned.fault);
  const { shown } = planned.value;
  if (options.dryRun) {
    out.result(shown, `${importPlanLines(shown).join('\n')}\nNothing was received: --dry-run.`);
    return 0;
  }
  const request = { kind: 'seed', verb: 'import', ...wish, subvolume: shown.subvolume } as const;
  return runNow(context, request, ({ kind: _, ...report }) => {
    out.result(report, seedLines(report).join('\n'));
    return 0;
  });
}

const MIB = 1024 * 1024;

/** Fault: `usage`. */
function placeNamed(directory: string, server: string | null): Result<SeedPlace> {
  if (server !== null && !directory.startsWith('/'))
    return failed(
      usage(`${directory} is no absolute path on ${server}.`, 'With --on-server name it from / on.'),
    );
  const whole = resolve('/', server === null ? resolve(directory) : directory);
  return whole === '/'
    ? failed(usage('A seed needs a directory of its own.', 'For example /mnt/usb/seed.'))
    : ok({ server, directory: whole });
}

function fileNamed(file: string, { server }: SeedPlace): Result<string> {
  if (server === null) return ok(resolve(file));
  return file.startsWith('/')
    ? ok(file)
    : failed(usage(`${file} is no absolute path on ${server}.`, 'With --on-server name it from / on.'));
}

/** Fault: `usage`. */
function recipientIn(text: string | undefined): Result<string | null> {
  if (text === undefined) return ok(null);
  const recipient = /^age:([a-z][^\n]*)$/.exec(text)?.[1];
  if (recipient !== undefined) return ok(recipient);
  return failed(
    usage(
      '--encrypt takes age: and a recipient.',
      'It is the public key that "age-keygen -y FILE" prints: --encrypt age:age1…',
    ),
  );
}

const usage = (message: string, hint: string): Fault => fault('usage', message, hint);
