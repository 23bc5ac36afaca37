/** Decides what a hook came to: well, failed and how, and what somebody has to do about it. Pure. */
import { escaped } from '../../btrfs/messages/escaped.ts';
import type { SaidHook } from '../../btrfs/read/snapshots.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Hook } from '../../model/policy.ts';
import type { HookResult } from '../../model/runs/made.ts';
import type { Server } from '../../model/server.ts';

/** What `timeout` and the shell give when they ended a command: by TERM, by KILL, or after the time was over. */
const ENDED: ReadonlySet<number> = new Set([124, 137, 143]);
/** A shell's exit code for a command that a signal ended is this and the signal. */
const SIGNAL_BASE = 128;
const SIGNALS = 64;

export interface HookAbout {
  readonly when: HookResult['when'];
  readonly hook: Hook;
  /** Its failure stops the snapshot. */
  readonly required: boolean;
  /** Whose policy has it, and whether there were snapshots of others made with it. */
  readonly subvolume: string;
  readonly isOneOfMany: boolean;
  readonly server: Pick<Server, 'name' | 'user' | 'auth'>;
}

export function hookResult(said: SaidHook, about: HookAbout): HookResult {
  const output = harmless(said.output);
  const how = howItEnded(said, about.hook.timeoutSeconds);
  return {
    when: about.when,
    subvolume: about.subvolume,
    code: how.kind === 'exit' ? how.code : null,
    seconds: said.seconds,
    output,
    fault: how.kind === 'exit' && how.code === 0 ? null : hookFault(how, output, about),
  };
}

type Ended =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'time' }
  /** The shell that waited for it was ended with it. */
  | { readonly kind: 'unknown' };

function howItEnded({ code, seconds }: SaidHook, timeoutSeconds: number): Ended {
  if (code === null) return { kind: 'unknown' };
  if (ENDED.has(code) && seconds >= timeoutSeconds) return { kind: 'time' };
  if (code > SIGNAL_BASE && code <= SIGNAL_BASE + SIGNALS)
    return { kind: 'signal', signal: code - SIGNAL_BASE };
  return { kind: 'exit', code };
}

function hookFault(how: Ended, output: string, about: HookAbout): Fault {
  const { when, hook, server, subvolume, isOneOfMany } = about;
  const whose = isOneOfMany ? ` of ${subvolume}` : '';
  const last = output.trimEnd().slice(-LAST);
  const words = last === '' ? '.' : `. It said: ${escaped(last)}`;
  return fault(
    'hook-failed',
    `The command ${when} the snapshot${whose} ${howText(how, hook, server.name)}${words}`,
    `${consequence(about)} Mend it ${login(server)}, or change it with "btrfleet policy set snapshot".`,
    { server: server.name },
  );
}

/** Characters of its output in a message. */
const LAST = 150;

function howText(how: Ended, { timeoutSeconds }: Hook, server: string): string {
  switch (how.kind) {
    case 'exit':
      return `failed on ${server} with exit code ${how.code}`;
    case 'signal':
      return `was ended on ${server} by signal ${how.signal}`;
    case 'time':
      return `did not end on ${server} within ${timeoutSeconds} s and was stopped`;
    case 'unknown':
      return `was ended on ${server} from outside`;
  }
}

function consequence({ when, required }: HookAbout): string {
  if (when === 'after')
    return 'What the command before the snapshot stopped may still be stopped: look there now.';
  if (required) return 'It is required, so no snapshot was made.';
  return 'It is not required and kept no snapshot from being made.';
}

const login = ({ name, user, auth }: HookAbout['server']): string =>
  auth.kind === 'local' ? `on ${name}, as whoever runs btrfleet` : `on ${name} as ${user}`;

/** Lines stay lines; whatever else could steer a terminal, and half a character at the cut, becomes �. */
const harmless = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '\uFFFD')
    .replace(/[\u2028\u2029]/g, '\uFFFD')
    .replace(/^\uFFFD+/, '');
