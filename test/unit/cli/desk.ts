/** Somebody at the command line of a made-up fleet: what a command printed, as text and as a document, and its exit code. */
import type { TestContext } from 'node:test';
import type { ActionContext } from '../../../src/cli/frame/action.ts';
import { fault } from '../../../src/core/model/fault.ts';
import type { Config } from '../../../src/core/state/config/schema.ts';
import { createOutput, type ExitCode } from '../../../src/process/output.ts';
import { fleetWorld, type Seed, type World } from '../../ui/world/fleet-world.ts';
import { filesystem, inventory, snap, used } from '../plan/world.ts';
import { must, server } from '../state/fixtures/state-home.ts';

const away = (name: string) =>
  fault('unreachable', `${name} cannot be reached.`, 'Is it up?', { server: name });

/** `/srv/data` and `/srv/db` on the primary a, as they were last seen; neither a nor b nor c can be reached now. */
export const SEED: Seed = {
  servers: [server('a', { role: 'primary' }), server('b'), server('c')],
  inventories: [
    inventory(
      filesystem(
        ['/srv'],
        [
          used('data'),
          used('db'),
          used('od\u001b[31md'),
          snap('.snapshots/data/2026-11-20T11:00:00.000Z', 'data'),
        ],
      ),
    ),
  ],
  faults: { a: away('a'), b: away('b'), c: away('c') },
};

export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface Desk extends World {
  readonly context: ActionContext;
  said(command: (context: ActionContext) => Promise<ExitCode>): Promise<Said>;
  /** The document of `--json`. */
  json<T>(command: (context: ActionContext) => Promise<ExitCode>): Promise<T>;
  config(): Config;
}

export function desk(test: TestContext, seed: Partial<Seed> = {}): Desk {
  const world = fleetWorld(test, { ...SEED, ...seed });
  const { fleet, home } = world;
  const signal = new AbortController().signal;
  const contextFor = (json: boolean, written: { out: string; err: string }): ActionContext => ({
    fleet,
    home,
    signal,
    out: createOutput(json, {
      stdout: { write: (text) => (written.out += text) },
      stderr: { write: (text) => (written.err += text) },
    }),
  });
  const run = async (
    json: boolean,
    command: (context: ActionContext) => Promise<ExitCode>,
  ): Promise<Said> => {
    const written = { out: '', err: '' };
    const code = await command(contextFor(json, written));
    return { code, ...written };
  };
  return {
    ...world,
    context: contextFor(false, { out: '', err: '' }),
    said: (command) => run(false, command),
    json: async <T>(command: (context: ActionContext) => Promise<ExitCode>) =>
      JSON.parse((await run(true, command)).out) as T,
    config: () => must(fleet.config.read()).config,
  };
}
