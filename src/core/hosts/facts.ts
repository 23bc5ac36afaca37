/** Decides what a server can do for btrfleet, found out with one command per connection. It changes nothing there. */
import { type Argv, asUser } from '../model/command.ts';
import { quoteWord } from '../model/command-line.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import type { HostFacts } from './host.ts';
import { commandLabel } from './quote.ts';
import { runCommand } from './run-command.ts';
import type { CommandRunner } from './ssh-host.ts';

export interface PrivilegeNeeds {
  /** Commands that need root, as sudo is asked about them: program, and arguments where the list names them. */
  readonly needed: readonly Argv[];
  /** The lines that allow all of them to a user, for the hint. */
  sudoersLines(user: string): readonly string[];
}

const MARK = 'btrfleet-facts:';
const SECONDS = 30;
const SUDO: readonly string[] = ['sudo', '-n'];

/**
 * Faults: command-failed (commands cannot be run there, or the login shell prints text of its own), and those of
 * the connection. A lack of btrfs-progs or of rights is not a fault of this call but in the facts.
 * @param now milliseconds, for the round trip
 */
export async function discoverFacts(
  server: Server,
  runner: Pick<CommandRunner, 'stream'>,
  needs: PrivilegeNeeds,
  now: () => number,
): Promise<Result<HostFacts>> {
  const asked = now();
  let answered: number | null = null;
  const timed: CommandRunner['stream'] = async (command, options) => {
    const opened = await runner.stream(command, options);
    if (opened.ok) {
      // The first line is printed before anything is looked at: the way there and back, and starting a shell.
      opened.value.stdout.once('data', () => {
        answered = now();
      });
    }
    return opened;
  };
  const script = asUser('sh', '-c', factsScript(needs.needed));
  const run = await runCommand(server.name, timed, script, { timeoutSeconds: SECONDS });
  if (!run.ok) return run;
  const { stdout, stderr, code } = run.value;
  if (stdout !== '' && !stdout.startsWith(MARK)) return failed(noisyShell(server, stdout));
  const answer = readAnswer(stdout);
  if (code !== 0 || !answer.has('end')) return failed(noCommands(server, `${stdout}${stderr}`.trim()));
  return ok(facts(server, answer, needs, ((answered ?? now()) - asked) / 1000));
}

/** Prints `btrfleet-facts:key value` lines and nothing else; `end` last. */
export function factsScript(needed: readonly Argv[]): string {
  const programs = [...new Set(needed.map(([program]) => program))];
  return [
    `say() { printf '${MARK}%s\\n' "$*"; }`,
    'say start',
    'say uid "$(id -u)"',
    'say kernel "$(uname -r)"',
    'say progs "$(btrfs --version 2>/dev/null | head -n 1)"',
    'say stream "$(cat /sys/fs/btrfs/features/send_stream_version 2>/dev/null)"',
    ...programs.map(
      (program) => `command -v ${quoteWord(program)} >/dev/null || say lacks ${quoteWord(program)}`,
    ),
    'command -v sudo >/dev/null && say sudo yes',
    // Root needs no sudo and need not have it.
    'if [ "$(id -u)" != 0 ]; then :',
    ...needed.map(
      (argv, index) =>
        `sudo -n -l -- ${argv.map(quoteWord).join(' ')} >/dev/null 2>&1 </dev/null || say denied ${index}`,
    ),
    'fi',
    'say end',
  ].join('\n');
}

type Answer = ReadonlyMap<string, readonly string[]>;

function readAnswer(text: string): Answer {
  const answer = new Map<string, string[]>();
  for (const line of text.split('\n').filter((line) => line.startsWith(MARK))) {
    const [key = '', ...words] = line.slice(MARK.length).split(' ');
    answer.set(key, [...(answer.get(key) ?? []), words.join(' ')]);
  }
  return answer;
}

function facts(server: Server, answer: Answer, needs: PrivilegeNeeds, latencySeconds: number): HostFacts {
  const first = (key: string) => answer.get(key)?.[0] ?? '';
  const root = first('uid') === '0';
  const denied = needs.needed.filter((_, index) => answer.get('denied')?.includes(String(index)));
  const btrfsProgs = /^btrfs-progs v?(\S+)/.exec(first('progs'))?.[1] ?? null;
  const lacking = [...(btrfsProgs === null ? ['btrfs'] : []), ...(answer.get('lacks') ?? [])];
  const tools = lacking.length > 0 ? toolMissing(server, [...new Set(lacking)]) : null;
  const allowed = root || denied.length === 0;
  const unprivileged = allowed ? 'sudo' : 'none';
  return {
    privilege: root ? 'root' : unprivileged,
    sudo: root ? [] : SUDO,
    kernel: first('kernel'),
    btrfsProgs,
    sendStreamVersion: Number.parseInt(first('stream'), 10) || 1,
    latencySeconds,
    fault: tools ?? (allowed ? null : sudoMissing(server, denied, answer.has('sudo'), needs)),
  };
}

const INSTALL: Readonly<Record<string, string>> = {
  btrfs:
    'apt install btrfs-progs (Debian, Ubuntu), dnf install btrfs-progs (Fedora), zypper install btrfsprogs, pacman -S btrfs-progs, apk add btrfs-progs',
};

function toolMissing(server: Server, programs: readonly string[]): Fault {
  const install = programs
    .map((program) => INSTALL[program] ?? `the package that brings ${program}`)
    .join('; ');
  return fault(
    'tool-missing',
    `${server.name} has no ${programs.join(', no ')} where ${server.user} or root finds it.`,
    `Install on ${server.name}: ${install}.`,
    { server: server.name },
  );
}

function sudoMissing(
  server: Server,
  denied: readonly Argv[],
  hasSudo: boolean,
  needs: PrivilegeNeeds,
): Fault {
  const labels = [...new Set(denied.map(commandLabel))].join(', ');
  const lines = needs.sudoersLines(server.user).join('\n');
  const message = hasSudo
    ? `${server.user} on ${server.name} may not run with sudo and without a password: ${labels}.`
    : `${server.user} on ${server.name} is not root and there is no sudo.`;
  const install = hasSudo ? '' : 'Install sudo there. ';
  return fault(
    'sudo-missing',
    message,
    `${install}As root on ${server.name}, run \`visudo -f /etc/sudoers.d/btrfleet\` and put in:\n${lines}`,
    { server: server.name },
  );
}

const noisyShell = (server: Server, output: string): Fault =>
  fault(
    'command-failed',
    `The login shell of ${server.user} on ${server.name} prints text of its own before every command (${JSON.stringify(output.slice(0, 60))}).`,
    'That would spoil every transfer. Let ~/.bashrc or ~/.profile there print only when a terminal is attached: [ -t 1 ] || return',
    { server: server.name },
  );

const noCommands = (server: Server, output: string): Fault =>
  fault(
    'command-failed',
    `Commands cannot be run as ${server.user} on ${server.name}${output === '' ? '' : `: ${output.slice(0, 200)}`}.`,
    `Try by hand: ssh -p ${server.port} ${server.user}@${server.host} id. The login shell must be a POSIX shell (sh, bash, dash, ash, zsh).`,
    { server: server.name },
  );

/** What sudo itself says when it refuses, in LC_ALL=C; null when the command was run. Only for a command with root. */
export function sudoRefusal(stderr: string): string | null {
  const line = stderr.split('\n').find((text) => /^sudo: (?:a |no )|^Sorry, user /.test(text));
  return line ?? null;
}
