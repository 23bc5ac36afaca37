// Decides whether the tests on real btrfs and sshd run, may be skipped, or are required and impossible.
// It only looks; it changes nothing on the machine.
import { existsSync, readFileSync } from 'node:fs';
import { E2E_TOOLS, missingTools } from '../lab/requirements.ts';

export type E2eDecision = { kind: 'run' | 'required' } | { kind: 'skip' | 'impossible'; reason: string };

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

export function decideE2e(machine: Machine): E2eDecision {
  const reason = obstacle(machine);
  if (reason === undefined) return { kind: machine.ci ? 'required' : 'run' };
  return { kind: machine.ci ? 'impossible' : 'skip', reason };
}

/** What the tests are told in BTRFLEET_E2E: `required`, `run` or `skip:<reason>`. */
export function e2eVariable(decision: E2eDecision): string {
  if (decision.kind === 'skip' || decision.kind === 'impossible') return `skip:${decision.reason}`;
  return decision.kind;
}

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
