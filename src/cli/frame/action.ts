/** Runs the action of a command: wires the fleet, passes Ctrl-C on as a cancel, closes everything, sets the exit code. */
import type { Command } from 'commander';
import type { Result } from '../../core/model/result.ts';
import type { Fleet } from '../../core/run/ground/fleet.ts';
import type { Home } from '../../core/state/home/home.ts';
import { failureFault } from '../../process/failure.ts';
import { createOutput, type ExitCode, type Output } from '../../process/output.ts';
import { takeSignal } from '../../process/take-signal.ts';

export interface ActionContext {
  readonly fleet: Fleet;
  readonly home: Home;
  readonly out: Output;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; a second one ends the program at once. */
  readonly signal: AbortSignal;
}

export type Action = (context: ActionContext) => Promise<ExitCode>;

export interface ActionNeeds {
  /** `any`: it begins also with one that cannot be read, and tells it itself. Left out: nothing is begun then. */
  readonly config?: 'any';
}

export async function runAction(command: Command, action: Action, needs: ActionNeeds = {}): Promise<void> {
  const { json = false, home = null } = command.optsWithGlobals<{ json?: boolean; home?: string | null }>();
  const out = createOutput(json, process);
  endCleanly(out);
  try {
    process.exitCode = await wireAndRun(home, out, action, needs);
  } catch (error) {
    process.exitCode = out.fault(failureFault(error));
  }
}

/**
 * What a command does, loaded only when it is called, so that starting stays fast. It gets what commander has read: the
 * arguments, then the options.
 */
export const act =
  <Given extends readonly unknown[]>(
    load: () => Promise<(context: ActionContext, ...given: Given) => Promise<ExitCode>>,
    needs?: ActionNeeds,
  ) =>
  async (...given: readonly unknown[]): Promise<void> => {
    const action = await load();
    const read = given.slice(0, -1) as unknown as Given;
    await runAction(given.at(-1) as Command, (context) => action(context, ...read), needs);
  };

async function wireAndRun(
  home: string | null,
  out: Output,
  action: Action,
  needs: ActionNeeds,
): Promise<ExitCode> {
  const { wireFleet } = await import('../../process/wiring.ts');
  const wired = wireFleet(home, needs);
  if (!wired.ok) return out.fault(wired.fault);
  const { fleet } = wired.value;
  const read = fleet.config.read();
  for (const text of [...wired.value.notes, ...(read.ok ? read.value.warnings : [])])
    out.note(`btrfleet: ${text}`);
  const cancel = cancelOnSignal();
  try {
    return await action({ fleet, home: wired.value.home, out, signal: cancel.signal });
  } finally {
    cancel.forget();
    await wired.value.close();
  }
}

/** What is thrown where nobody waits for it (a timer) is told like anything else, and ends the program. */
function endCleanly(out: Output): void {
  process.on('uncaughtException', (error) => process.exit(out.fault(failureFault(error))));
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function cancelOnSignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    // Somebody who asks twice does not want to wait for cleaning up; the next run does it.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of SIGNALS) takeSignal(name, onSignal);
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Of commands that ask. */
export interface YesOption {
  readonly yes?: boolean;
}

/** The value, or the fault told and its exit code. */
export async function tell<T>(
  out: Output,
  result: Result<T>,
  show: (value: T) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  return result.ok ? await show(result.value) : out.fault(result.fault);
}
