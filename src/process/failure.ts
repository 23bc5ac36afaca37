/** Decides how what was thrown is told: a journal that fails as its fault, what the system has no more of as that, anything else as a bug, in one line each. */
import { type Fault, fault } from '../core/model/fault.ts';
import { shortageFault } from '../core/model/shortage.ts';
import { JournalFailure } from '../core/state/journal/database.ts';

export function failureFault(error: unknown): Fault {
  if (error instanceof JournalFailure) return error.fault;
  const shortage = shortageFault(error);
  if (shortage !== null) return shortage;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const [line = ''] = what.split('\n');
  return fault(
    'command-failed',
    `btrfleet itself failed: ${line}${placeOf(error)}`,
    'This is a bug; please report it with what you did. What was half done is cleaned up by the next run.',
  );
}

/** The innermost place in the program: without it a report is worth little. */
function placeOf(error: unknown): string {
  const frame = error instanceof Error ? error.stack?.split('\n').find((line) => /^\s+at /.test(line)) : null;
  return frame ? ` (${frame.trim()})` : '';
}
