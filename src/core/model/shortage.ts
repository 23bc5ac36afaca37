/** Decides what it means that the system has no more of something for this process: it is nobody's fault and may pass. */
import { type Fault, fault } from './fault.ts';

/** `error`: what a call threw. Null: it failed for another reason. */
export function shortageFault(error: unknown, server: string | null = null): Fault | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const said = SHORTAGES.get(String(code));
  if (said === undefined) return null;
  return fault('command-failed', `${said.message} (${code}).`, said.hint, { server, retry: true });
}

const SHORTAGES: ReadonlyMap<string, { readonly message: string; readonly hint: string }> = new Map([
  [
    'EMFILE',
    {
      message: 'btrfleet may not have more files open at once',
      hint: 'Raise the limit for it: "ulimit -n 4096" in the shell that starts it, or LimitNOFILE=4096 in its service.',
    },
  ],
  [
    'ENFILE',
    {
      message: 'This machine has no more files to open',
      hint: 'See who has so many open (lsof), or raise the limit: sysctl fs.file-max',
    },
  ],
  [
    'ENOMEM',
    {
      message: 'This machine has no memory left for btrfleet',
      hint: 'See who needs it (free -h), or raise what btrfleet may have: ulimit -v, or MemoryMax= in its service.',
    },
  ],
  [
    'EAGAIN',
    {
      message: 'This machine lets btrfleet start no more programs or threads',
      hint: 'See how many there may be: "ulimit -u" in the shell that starts it, or TasksMax= in its service.',
    },
  ],
]);
