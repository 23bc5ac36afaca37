/** Decides what a server can do for btrfleet, found out with one command per connection. It changes nothing there. */

import type { SudoersNeeds } from '../btrfs/ask/commands.ts';
import { escaped } from '../btrfs/messages/escaped.ts';
import { wantsTerminal } from '../btrfs/messages/sudo-says.ts';
import { type Argv, asUser } from '../model/command.ts';
import { quoteWord } from '../model/command-line.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import type { HostFacts } from '../model/server-check.ts';
import {
  isCsh,
  judgeProbe,
  PROBE,
  PROBE_INPUT,
  PROBE_SCRIPT,
  shellNameCommand,
  withShellName,
} from './port/login-shell.ts';
import { shownLine } from './port/quote.ts';
import { runCommand } from './port/run-command.ts';
import { loginShellFault } from './ssh/connect-faults.ts';
import type { CommandRunner } from './ssh/remote.ts';

export interface PrivilegeNeeds {
  /** Commands that need root, as sudo is asked about them: program, and arguments where the list names them. */
  readonly needed: readonly Argv[];
  /** One that changes nothing and prints nothing: run once where sudo allows it, to hear what sudo prints. */
  readonly harmless: Argv;
  /** The lines that allow all of them to a user, for the hint. */
  sudoersLines(user: string, more?: SudoersNeeds): readonly string[];
}

const MARK = 'btrfleet-facts:';
const SECONDS = 30;
const SUDO: readonly string[] = ['sudo', '-n'];
/** The secure_path of Debian, for a sudo that does not tell its own. */
const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Faults: login-shell (it does not hand on what it is given), command-failed (sudo prints text of its own), and those
 * of the connection. A lack of btrfs-progs or of rights is not a fault of this call but in the facts.
 * @param now milliseconds, for the round trip
 */
export async function discoverFacts(
  server: Server,
  runner: Pick<CommandRunner, 'stream' | 'speak'>,
  needs: PrivilegeNeeds,
  now: () => number,
): Promise<Result<HostFacts>> {
  const first = await ask(server, runner, needs, now);
  if (first.ok || first.fault.code !== 'login-shell') return first;
  // Only a shell that could not read that is asked for its name: others take one round trip.
  const stream: CommandRunner['stream'] = (command, options) => runner.stream(command, options);
  const named = await runCommand(server.name, stream, shellNameCommand, { timeoutSeconds: SECONDS });
  // Anything else that is said there is no name of a shell, and no part of a message.
  const [shell = ''] = /^\/[\x21-\x7e]{1,255}$/.exec(named.ok ? named.value.stdout.trim() : '') ?? [];
  if (!isCsh(shell)) return shell === '' ? first : failed(withShellName(first.fault, server, shell));
  runner.speak('csh');
  const second = await ask(server, runner, needs, now);
  return second.ok ? second : failed(withShellName(second.fault, server, shell));
}

async function ask(
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
  const script = asUser('sh', '-c', factsScript(needs), 'sh', PROBE);
  const run = await runCommand(server.name, timed, script, { timeoutSeconds: SECONDS, input: PROBE_INPUT });
  if (!run.ok) return run;
  const { stdout, stderr, code } = run.value;
  const answer = readAnswer(stdout);
  if (code !== 0 || !answer.has('end')) return failed(loginShellFault(server.name, stderr.trim() || stdout));
  const proven = judgeProbe(server, stdout, answer.get('input')?.[0] ?? '');
  if (!proven.ok) return proven;
  const prints = answer.get('prints');
  if (prints) return failed(noisySudo(server, prints.join(' ')));
  return ok(facts(server, answer, needs, ((answered ?? now()) - asked) / 1000));
}

/** Prints the probe, and `btrfleet-facts:key value` lines; `end` last. POSIX sh; `$1` is the probe. */
export function factsScript({ needed, harmless }: PrivilegeNeeds): string {
  const programs = programsOf({ needed, harmless });
  const words = (argv: Argv) => argv.map(quoteWord).join(' ');
  return [
    "NL='\n'",
    `say() { printf '${MARK}%s\\n' "$*"; }`,
    `each() { printf '%s\\n' "$2" | while IFS= read -r line; do say "$1 $line"; done; }`,
    'say start',
    PROBE_SCRIPT,
    'U=$(id -u); say uid "$U"',
    'say kernel "$(uname -r)"',
    `V=$(btrfs --version 2>/dev/null); say progs "\${V%%"$NL"*}"`,
    'say stream "$(cat /sys/fs/btrfs/features/send_stream_version 2>/dev/null)"',
    ...programs.map(
      (program) => `command -v ${quoteWord(program)} >/dev/null || say lacks ${quoteWord(program)}`,
    ),
    'command -v sudo >/dev/null && say sudo yes',
    // Root needs no sudo and need not have it.
    'if [ "$U" != 0 ] && command -v sudo >/dev/null; then',
    'denied() { say denied "$1"; [ -z "$2" ] || each denied "$2"; }',
    ...needed.map(
      (argv, index) => `E=$(sudo -n -l -- ${words(argv)} 2>&1 >/dev/null </dev/null) || denied ${index} "$E"`,
    ),
    `O=$(sudo -n ${words(harmless)} 2>/dev/null </dev/null) ||`,
    `  { say fails; each failing "$(sudo -n ${words(harmless)} 2>&1 >/dev/null </dev/null)"; }`,
    '[ -z "$O" ] || each prints "$O"',
    // What sudo finds a program by: its own path where it tells it, else that of the login.
    'L=$(sudo -n -l 2>/dev/null </dev/null)',
    `S=$(printf '%s\\n' "$L" | sed -n 's/.*secure_path="*\\([^," ]*\\).*/\\1/p' | head -n 1 | tr -d '\\\\')`,
    `[ -n "$S" ] || { S=$PATH; [ -n "$L" ] || S=${SECURE_PATH}; }`,
    'seek() { IFS=:; for d in $S; do if [ -f "$d/$1" ] && [ -x "$d/$1" ]; then unset IFS; say path "$1 $d/$1"; break; fi; done; }',
    ...programs.map((program) => `seek ${quoteWord(program)}; unset IFS`),
    'elif [ "$U" != 0 ]; then :',
    ...needed.map((_, index) => `say denied ${index}`),
    'fi',
    'say end',
  ].join('\n');
}

const programsOf = ({ needed, harmless }: Pick<PrivilegeNeeds, 'needed' | 'harmless'>): string[] => [
  ...new Set([...needed, harmless].map(([program]) => program)),
];

type Answer = ReadonlyMap<string, readonly string[]>;

function readAnswer(text: string): Answer {
  const answer = new Map<string, string[]>();
  for (const line of text.split('\n').filter((line) => line.startsWith(MARK))) {
    const [key = '', ...words] = line.slice(MARK.length).split(' ');
    const there = answer.get(key);
    if (there === undefined) answer.set(key, [words.join(' ')]);
    else there.push(words.join(' '));
  }
  return answer;
}

function facts(server: Server, answer: Answer, needs: PrivilegeNeeds, latencySeconds: number): HostFacts {
  const all = (key: string) => answer.get(key) ?? [];
  const first = (key: string) => all(key)[0] ?? '';
  const root = first('uid') === '0';
  const saysDenied = new Set(all('denied'));
  const denied = needs.needed.filter((_, index) => saysDenied.has(String(index)));
  const btrfsProgs = /^btrfs-progs v?(\S+)/.exec(first('progs'))?.[1] ?? null;
  const saysLacks = new Set(all('lacks'));
  const lacking = programsOf(needs).filter((program) => saysLacks.has(program));
  if (btrfsProgs === null) lacking.unshift('btrfs');
  const tools = lacking.length > 0 ? toolMissing(server, [...new Set(lacking)]) : null;
  const allowed = root || (denied.length === 0 && !answer.has('fails'));
  // Each of them says the same: once is enough.
  const said = [
    ...new Set(denied.length > 0 ? all('denied').filter((text) => !/^\d+$/.test(text)) : all('failing')),
  ];
  const sudoers = needs.sudoersLines(server.user, {
    paths: new Map(all('path').map((text) => cut(text, ' '))),
    withoutTerminal: said.some(wantsTerminal),
  });
  const refusal = {
    server,
    denied,
    said: said.filter((text) => text !== ''),
    hasSudo: answer.has('sudo'),
    sudoers,
  };
  const unprivileged = allowed ? 'sudo' : 'none';
  return {
    privilege: root ? 'root' : unprivileged,
    sudo: root ? [] : SUDO,
    sudoers,
    kernel: first('kernel'),
    btrfsProgs,
    sendStreamVersion: Number.parseInt(first('stream'), 10) || 1,
    latencySeconds,
    fault: tools ?? (allowed ? null : sudoMissing(refusal)),
  };
}

const cut = (text: string, at: string): [string, string] => {
  const index = text.indexOf(at);
  return [text.slice(0, index), text.slice(index + 1)];
};

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

interface Refusal {
  readonly server: Server;
  readonly denied: readonly Argv[];
  /** What sudo said, a line each. */
  readonly said: readonly string[];
  readonly hasSudo: boolean;
  readonly sudoers: readonly string[];
}

function sudoMissing({ server, denied, said, hasSudo, sudoers }: Refusal): Fault {
  const forms = denied.map((argv) => shownLine(argv).replace(/(^| )\/[ab](?= |$)/g, '$1…')).join(', ');
  const saying = said.length > 0 ? ` sudo says: ${escaped(said.join(' / '))}.` : '';
  const refused = denied.length > 0 ? `: ${forms}` : ' anything';
  const message = hasSudo
    ? `${server.user} on ${server.name} may not run with sudo and without a password${refused}.${saying}`
    : `${server.user} on ${server.name} is not root and there is no sudo.`;
  const install = hasSudo ? '' : 'Install sudo there. ';
  const hint = `${install}${sudoersHint(server.name, sudoers)}`;
  return fault('sudo-missing', message, hint, { server: server.name });
}

/** What lines allow it, and nothing behind them: they are copied to the end of the text. */
export const sudoersHint = (server: string, sudoers: readonly string[]): string =>
  `As root on ${server}, run \`visudo -f /etc/sudoers.d/btrfleet\` and put in:\n${sudoers.join('\n')}`;

const noisySudo = (server: Server, text: string): Fault =>
  fault(
    'command-failed',
    `sudo on ${server.name} prints text of its own on stdout before a command: ${escaped(text)}.`,
    `That would spoil every transfer. Look at the session lines of /etc/pam.d/sudo on ${server.name} (pam_echo, pam_lastlog, pam_motd) and at what they include.`,
    { server: server.name },
  );
