/** Decides what a connected server is to the rest of btrfleet: its facts, and commands that are classified once. */

import { escaped } from '../btrfs/messages/escaped.ts';
import { sudoRefusal } from '../btrfs/messages/sudo-says.ts';
import type { Command } from '../model/command.ts';
import { fault } from '../model/fault.ts';
import { failed } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import type { HostFacts } from '../model/server-check.ts';
import { sudoersHint } from './facts.ts';
import type { Host } from './port/host.ts';
import { commandLabel, shownLine } from './port/quote.ts';
import { runCommand } from './port/run-command.ts';
import type { CommandRunner } from './ssh/remote.ts';

/** One command as it ended, for the screen's command log. `line` holds no secret: none is ever in argv. */
export interface CommandRecord {
  readonly server: string;
  readonly line: string;
  /** Null: it did not come to an exit code. */
  readonly code: number | null;
  readonly seconds: number;
}

export interface HostParts {
  readonly server: Server;
  readonly facts: HostFacts;
  readonly runner: CommandRunner;
  /** Milliseconds. */
  now(): number;
  readonly onCommand: ((record: CommandRecord) => void) | undefined;
}

export function createServerHost({ server, facts, runner, now, onCommand }: HostParts): Host {
  const stream: Host['stream'] = async (command, options) => {
    const startedAt = now();
    const opened = await runner.stream(command, options);
    if (onCommand) {
      const words = [...(command.root ? facts.sudo : []), ...command.argv];
      const record = (code: number | null) =>
        onCommand({ server: server.name, line: shownLine(words), code, seconds: (now() - startedAt) / 1000 });
      if (opened.ok) void opened.value.done.then((end) => record(end.ok ? end.value.code : null));
      else record(null);
    }
    return opened;
  };
  return {
    server,
    facts,
    stream,
    async run(command, options) {
      const ended = await runCommand(server.name, stream, command, options);
      if (!ended.ok || !command.root || facts.sudo.length === 0 || ended.value.code !== 1) return ended;
      const refusal = sudoRefusal(ended.value.stderr);
      return refusal === null ? ended : failed(refusedBySudo(server, command, refusal, facts.sudoers));
    },
  };
}

/** What `sudo -l` allowed and sudo then refused, for example because a password is asked for after all. */
const refusedBySudo = (server: Server, command: Command, said: string, sudoers: readonly string[]) =>
  fault(
    'sudo-missing',
    `sudo on ${server.name} refused ${commandLabel(command.argv)} to ${server.user}: ${escaped(said)}.`,
    sudoersHint(server.name, sudoers),
    { server: server.name },
  );
