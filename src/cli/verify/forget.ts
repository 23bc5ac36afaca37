/** What `btrfleet verify forget` does: it shows what was found different, asks, and takes the mark away. */
import type { DifferentMark } from '../../core/model/runs/different.ts';
import { baseName } from '../../core/model/snapshot.ts';
import { serverNamed } from '../../core/run/ground/fleet.ts';
import { forgetMarks, marksOf } from '../../core/run/verify/forget.ts';
import type { ExitCode } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';

interface ForgetOptions {
  readonly server: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export async function verifyForget(
  { fleet, out, signal }: ActionContext,
  subvolume: string,
  snapshot: string | undefined,
  { server: name, dryRun = false, yes = false }: ForgetOptions,
): Promise<ExitCode> {
  const server = serverNamed(fleet, name);
  if (!server.ok) return out.fault(server.fault);
  const wish = { subvolume, server: name, snapshot: snapshot ?? null };
  const marks = marksOf(fleet, wish);
  if (!marks.ok) return out.fault(marks.fault);
  const lines = marks.value.map(lineOf);
  if (dryRun) {
    out.result(marks.value.map(rowOf), lines.join('\n'));
    return 0;
  }
  const refused = await confirm([...lines, QUESTION].join('\n'), yes, signal);
  if (refused) return out.fault(refused);
  return tell(out, forgetMarks(fleet, wish), (forgotten) => {
    out.result(forgotten.map(rowOf), [...forgotten.map(lineOf), 'This is forgotten.'].join('\n'));
    return 0;
  });
}

const QUESTION =
  'Forget it: they are what their names say again, and are built on and cleaned up as any other. Nothing is changed on any server.';

const lineOf = ({ server, path, foundAt, what }: DifferentMark): string =>
  `${formatName(path)} on ${formatName(server)}, compared at ${foundAt}: ${formatName(what)}`;

const rowOf = ({ server, filesystem, uuid, path, foundAt, what }: DifferentMark) => ({
  ...{ server, filesystem, uuid, snapshot: baseName(path), path, foundAt, what },
});
