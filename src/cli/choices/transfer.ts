/** Reads from the options of a command how bytes go to a target. */
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { PathChoice } from '../../core/model/runs/replication.ts';
import { parseBytes } from '../../text/format.ts';

const PATHS: readonly PathChoice[] = ['auto', 'direct', 'relay'];

/** Fault: `usage`. */
export function pathNamed(text: string): Result<PathChoice> {
  const path = PATHS.find((one) => one === text);
  if (path !== undefined) return ok(path);
  return failed(fault('usage', `--path ${text} is not known.`, `It is one of ${PATHS.join(', ')}.`));
}

/** Bytes a second. Fault: `usage`. */
export function rateNamed(text: string): Result<number> {
  const rate = parseBytes(text);
  if (rate !== null) return ok(rate);
  return failed(
    fault('usage', `--rate ${text} is not a number of bytes.`, 'For example --rate 10M, --rate 512K.'),
  );
}
