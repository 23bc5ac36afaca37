/** State directories for tests that need no server: what is configured, and nothing behind it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Server } from '../../src/core/model/server.ts';

/** There is no ssh-agent, so it is told at once that it lets nobody in. */
export const ONE_SERVER: Server = {
  name: 'one',
  host: '127.0.0.1',
  port: 9,
  user: 'root',
  auth: { kind: 'agent' },
  jump: null,
  role: 'primary',
  defaultMount: null,
};

/** A $HOME with a state directory in it, left on Servers; without servers it has none yet, as at the first run. */
export function homeWith({ servers = [] }: { readonly servers?: readonly Server[] }): string {
  const home = mkdtempSync(join(tmpdir(), 'btrfleet-home-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  if (servers.length === 0) return home;
  mkdirSync(join(home, 'state'), { mode: 0o700 });
  const config = JSON.stringify({ version: 1, servers });
  writeFileSync(join(home, 'state', 'config.json'), config, { mode: 0o600 });
  const left = JSON.stringify({ page: 'servers', tabs: {}, lists: {}, subvolume: null });
  writeFileSync(join(home, 'state', 'screen.json'), left, { mode: 0o600 });
  return home;
}
