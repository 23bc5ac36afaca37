/** What `btrfleet setup-service` does: it finds out what the scheduler needs, and prints it. It opens and makes nothing. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { homeDirectory } from '../../core/state/home/home.ts';
import type { ExitCode, Output } from '../../process/output.ts';
import { cronLine } from './cron-line.ts';
import { installCommands, type UnitOptions, unitText } from './systemd-unit.ts';

export interface SetupServiceOptions {
  readonly user?: string;
  readonly name: string;
  readonly cron?: boolean;
}

const UNIT_NAME = /^[A-Za-z0-9_.-]+$/;
/** What useradd(8) takes, and the names that directories of users give. */
const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/;

export function setupService(
  { user = userInfo().username, name: named, cron = false }: SetupServiceOptions,
  homeFlag: string | null,
  out: Output,
): ExitCode {
  const name = named.replace(/\.service$/, '');
  if (!UNIT_NAME.test(name))
    return out.fault(wrong('--name', named, 'letters, digits, dot, dash, underscore'));
  if (!USER_NAME.test(user)) return out.fault(wrong('--user', user, 'the name of a login'));
  const home = stateOf(user, homeFlag);
  if (!home.ok) return out.fault(home.fault);
  const command = programWords();
  const passphraseFile = process.env['BTRFLEET_VAULT_PASSPHRASE_FILE'] || null;
  const unprintable = [home.value, ...command, passphraseFile ?? ''].find((word) => /\p{Cc}/u.test(word));
  if (unprintable !== undefined) return out.fault(controlCharacter(unprintable));
  if (cron) {
    const line = cronLine({ home: home.value, command, passphraseFile });
    out.result({ line }, line);
    return 0;
  }
  if (/["'\\]/.test(command[0])) return out.fault(unstartable(command[0]));
  const options: UnitOptions = { name, user, home: home.value, command, passphraseFile };
  const unit = unitText(options);
  out.result({ name: `${name}.service`, unit, commands: installCommands(options) }, unit.trimEnd());
  return 0;
}

/** As this process was started; without the warnings of Node that are for developers. */
function programWords(): readonly [string, ...string[]] {
  const others = process.execArgv.filter((word) => word !== '--no-warnings');
  return [process.execPath, '--no-warnings', ...others, process.argv[1] ?? ''];
}

/** Where the state of a user is: what was named, else the usual place below their home. Fault: `usage`. */
function stateOf(user: string, flag: string | null): Result<string> {
  const named = flag !== null || Boolean(process.env['BTRFLEET_HOME']);
  if (named || user === userInfo().username) return homeDirectory({ flag, env: process.env });
  const home = loginHome(user);
  if (home !== null) return ok(join(home, '.config', 'btrfleet'));
  return failed(
    fault(
      'usage',
      `Where the state of ${user} is cannot be found out: /etc/passwd does not name that login.`,
      `Name the directory: btrfleet setup-service --user ${user} --home DIR`,
    ),
  );
}

/** Field 6 of passwd(5). */
function loginHome(user: string): string | null {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const fields = lines.find((line) => line.startsWith(`${user}:`))?.split(':');
  return fields?.[5]?.startsWith('/') ? fields[5] : null;
}

const wrong = (option: string, value: string, what: string): Fault =>
  fault(
    'usage',
    `${option} ${value} is not a name for it: ${what}.`,
    'For example: btrfleet setup-service --user backup',
  );

const controlCharacter = (path: string): Fault =>
  fault(
    'unsupported-name',
    `${JSON.stringify(path)} has a control character in it, and neither a unit nor a crontab can name it.`,
    'Choose another directory with --home, or move the program.',
  );

/** It takes no such path, however it is quoted ("Executable name contains special characters"). */
const unstartable = (node: string): Fault =>
  fault(
    'unsupported-name',
    `systemd starts no program with a quote or a backslash in its path: ${node}.`,
    'Call this with another path to Node, such as a link: ln -s … /usr/local/bin/node',
  );
