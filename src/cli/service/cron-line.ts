/** Decides how crontab(5) calls the scheduler: by full paths, as cron has no PATH but /usr/bin and /bin. Pure. */
import { quoteWord } from '../../core/model/command-line.ts';
import type { UnitOptions } from './systemd-unit.ts';

const EVERY = '*/15 * * * *';

export function cronLine({
  home,
  command,
  passphraseFile,
}: Pick<UnitOptions, 'home' | 'command' | 'passphraseFile'>): string {
  const passphrase =
    passphraseFile === null ? [] : [`BTRFLEET_VAULT_PASSPHRASE_FILE=${quoteWord(passphraseFile)}`];
  const words = [
    `BTRFLEET_HOME=${quoteWord(home)}`,
    ...passphrase,
    ...command.map(quoteWord),
    '--schedule',
    '--once',
  ];
  // To cron a bare % is the end of the line, also between quotes.
  return `${EVERY}  ${words.join(' ').replaceAll('%', '\\%')}`;
}
