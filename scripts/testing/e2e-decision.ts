// Decides whether the tests on real btrfs and sshd run, may be skipped, or are required and impossible.
// It only looks; it changes nothing on the machine.
import { existsSync, readFileSync } from 'node:fs';
import { E2E_TOOLS, missingTools } from '../lab/requirements.ts';

/** `play`: only what simulated servers know can be tried. */
export type E2eDecision = { kind: 'run' | 'required' } | { kind: 'play' | 'impossible'; reason: string };

export interface Machine {
  ci: boolean;
  platform: string;
  uid: number | undefined;
  /** Programs that were looked for and not found. */
  missing: readonly string[];
  btrfsInKernel: boolean;
  loopDevices: boolean;
}

/** Why the real thing cannot be had here; undefined if it can. */
function obstacle(machine: Machine): string | undefined {
  if (machine.platform !== 'linux') return 'it needs Linux';
  if (machine.missing.length > 0) return `not installed: ${machine.missing.join(', ')}`;
  if (machine.uid !== 0) return 'it needs root, to make filesystems and network namespaces';
  if (!machine.loopDevices) return 'there is no /dev/loop-control';
  if (!machine.btrfsInKernel) return 'the kernel has no btrfs';
  return undefined;
}

/** @param asksForPlay simulated servers are wanted where real ones could be had */
export function decideE2e(machine: Machine, asksForPlay = false): E2eDecision {
  if (asksForPlay) return { kind: 'play', reason: 'asked for' };
  const reason = obstacle(machine);
  if (reason === undefined) return { kind: machine.ci ? 'required' : 'run' };
  return { kind: machine.ci ? 'impossible' : 'play', reason };
}

/** The files of tests that simulated servers suffice for: they say so themselves. The screen's want a terminal, too. */
export const runsAnywhere = (source: string, hasTerminal: boolean): boolean =>
  source.includes('TestFleet.anywhere(') && (hasTerminal || !source.includes("from './terminal.ts'"));

export function inspectMachine(env: NodeJS.ProcessEnv): Machine {
  const kernel = existsSync('/proc/filesystems') ? readFileSync('/proc/filesystems', 'utf8') : '';
  return {
    ci: env['CI'] === 'true' || env['CI'] === '1',
    platform: process.platform,
    uid: process.getuid?.(),
    missing: missingTools(E2E_TOOLS),
    // A module that is not loaded yet is loaded by the first mount.
    btrfsInKernel:
      /\bbtrfs$/m.test(kernel) || existsSync('/sbin/modprobe') || existsSync('/usr/sbin/modprobe'),
    loopDevices: existsSync('/dev/loop-control'),
  };
}
