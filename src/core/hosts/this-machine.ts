/** Decides how commands run on the machine btrfleet runs on, as whoever runs it: it need not be a server of the fleet. */
import { ok, type Result } from '../model/result.ts';
import { type Server, THIS_MACHINE } from '../model/server.ts';
import { createLocalRunner } from './local-host.ts';
import type { Host } from './port/host.ts';
import { type CommandRecord, createServerHost } from './server-host.ts';
import type { CommandRunner } from './ssh/remote.ts';

const SERVER: Server = {
  ...{ name: THIS_MACHINE, host: 'localhost', port: 22, user: '', jump: null, defaultMount: null },
  ...{ role: 'secondary', auth: { kind: 'local' } },
};

export interface ThisMachineOptions {
  /** Milliseconds. */
  now(): number;
  onCommand?(record: CommandRecord): void;
}

/** @param path PATH of this process */
export const thisRunner = (path: string): CommandRunner => createLocalRunner(SERVER, path, () => []);

export function thisMachine(runner: CommandRunner, { now, onCommand }: ThisMachineOptions): Result<Host> {
  const facts = {
    ...({ privilege: 'none', sudo: [], sudoers: [], kernel: '', btrfsProgs: null } as const),
    ...{ sendStreamVersion: 1, latencySeconds: 0, fault: null },
  };
  return ok(createServerHost({ server: SERVER, facts, runner, now, onCommand }));
}
