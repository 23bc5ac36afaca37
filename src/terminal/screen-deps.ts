/** Hands the screen what it works with: the fleet, the engine, the terminal, and its memory of where the user stood. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueRun, settleCutOff } from '../core/engine/queue.ts';
import { fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import type { Server, ServerSecrets } from '../core/model/server.ts';
import { passphraseSecret, passwordSecret } from '../core/model/server.ts';
import type { ServerCheck } from '../core/model/server-check.ts';
import { checkServers } from '../core/run/looks/check-servers.ts';
import type { Home } from '../core/state/home/home.ts';
import { managerTimeZone } from '../process/time-zone.ts';
import { engineStarter, type Wired } from '../process/wiring.ts';
import type { AppDeps, Remembered } from '../store/app.ts';
import { toRemembered } from './screen-memory.ts';
import type { Terminal } from './terminal.ts';

export function screenDeps(
  wired: Wired,
  terminal: Terminal,
  { readOnly, tryOut }: Pick<AppDeps, 'readOnly' | 'tryOut'>,
): AppDeps {
  const { fleet, home } = wired;
  const startEngine = engineStarter(home);
  if (!readOnly) settleCutOff(fleet, startEngine);
  return {
    fleet,
    queue: (request) => queueRun(fleet, request, startEngine),
    verify: (server, secrets) => verify(wired, server, secrets),
    copy: terminal.copy,
    remembered: loadMemory(home),
    remember: (what) => saveMemory(home, what),
    typing: terminal.stdin.typing,
    quit: terminal.quit,
    tryOut,
    suspend: terminal.suspend,
    redraw: terminal.redraw,
    readOnly,
    timeZone: managerTimeZone(),
  };
}

/** Connects as the server would be if it were saved: with connections, secrets and settings of its own. */
async function verify(wired: Wired, server: Server, secrets: ServerSecrets): Promise<ServerCheck> {
  const { fleet } = wired;
  const given = new Map([
    [passwordSecret(server.name), secrets.password],
    [passphraseSecret(server.name), secrets.passphrase],
  ]);
  const hosts = wired.hostsWith({
    lookup: (name) => (name === server.name ? server : wired.lookup(name)),
    secret: (name) => {
      const typed = given.get(name);
      return typed === undefined || typed === null ? fleet.vault.get(name) : ok(typed);
    },
  });
  try {
    const [check] = await checkServers({ ...fleet, hosts }, [server]);
    if (!check) throw new Error('one server was checked and none came back');
    return check;
  } finally {
    await hosts.close();
  }
}

const memoryFile = (home: Home): string => join(home.directory, 'screen.json');

/** Where the user stood is a comfort: if it cannot be read, the screen opens at its beginning. */
function loadMemory(home: Home): Remembered | null {
  try {
    return toRemembered(JSON.parse(readFileSync(memoryFile(home), 'utf8')));
  } catch {
    return null;
  }
}

function saveMemory(home: Home, what: Remembered): Result<void> {
  try {
    // Another screen may have been looked at later.
    const others = loadMemory(home)?.lookedAt ?? null;
    const lookedAt = what.lookedAt === null ? others : Math.max(what.lookedAt, others ?? 0);
    writeFileSync(memoryFile(home), JSON.stringify({ ...what, lookedAt }), { mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(
      fault(
        'config-invalid',
        `Where you stood could not be remembered: ${why}`,
        'Look at the state directory.',
      ),
    );
  }
}
